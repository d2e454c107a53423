---@meta

-- What cicada's task scripts have, for the Lua language server. Made from Sources/Scripting/LanguageReference*.swift: do not edit.

---@class cicada.Wait
---@class cicada.Item
---@class cicada.Null
---@class cicada.Data
---@operator len: integer
local Data = {}

---@class cicada.Http
local Http = {}

---@class cicada.Response
local Response = {}

---@alias cicada.FieldTable table<string, string|number|boolean>|{ [1]: string, [2]: string|number|boolean }[]
---@alias cicada.PartTable table<string, string|number|boolean|cicada.Part>|{ [1]: string, [2]: string|number|boolean|cicada.Part }[]

--- Fields of a user class
---@class cicada.UserClass
---@field [integer] cicada.Item
---@field weight? number share of the users relative to the other classes; above 0. Not beside `fixed_count` (if missing: 1)
---@field fixed_count? integer just so many users, before the others are shared out by weight; 1 to 10000000 (if missing: by weight)
---@field host? string base URL `http://…` or `https://…` of requests whose URL is a path; `--host` overrides it (if missing: `--host` is needed)
---@field wait? cicada.Wait|fun(self: cicada.User): number the pause between two tasks; see Waits (if missing: no pause)
---@field on_start? fun(self: cicada.User) run by each user before its first task; may send requests and sleep. When it raises an error, it is tried again after the wait, until it comes to its end (if missing: nothing)
---@field on_stop? fun(self: cicada.User) run once by each user after its last task; may send requests and sleep (if missing: nothing)
---@field connections? "user"|"shared"|"new" to whom connections belong: each user has its own, 64 users share one, or each request opens a new one; `--connections` overrides it (if missing: `"user"`)
---@field proxy? string URL of a proxy for all requests: `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h` (if missing: none)
---@field certificate? cicada.Certificate what the users show a server to prove who they are (mutual TLS): `{ cert = PEM, key = PEM, password = text }` (if missing: none)
---@field timeout? number of each request, in seconds, 0.001 to 86400 (if missing: that of the run)
---@field redirects? boolean|integer whether requests follow redirects, or how many at most, 0 to 100 (if missing: `true`)
---@field headers? table<string, string|number> header fields of each request (if missing: none)
---@field auth? cicada.Auth who each request comes from, as the option `auth` of requests (if missing: nobody)

--- Fields of a certificate
---@class cicada.Certificate
---@field cert string the certificate and those between it and its authority, as PEM text (if missing: an error)
---@field key? string the private key, as PEM text (if missing: it stands in `cert`)
---@field password? string what the key is encrypted with (if missing: it is not)

--- Fields of a task
---@class cicada.TaskTable
---@field [integer] string|fun(self: cicada.User)
---@field weight? number chance of being picked relative to the other items beside it; above 0 (if missing: 1)
---@field tags? string|string[] words by which `--tags` and `--exclude-tags` select tasks; without spaces and commas (if missing: none)

--- Fields of a sequence or group
---@class cicada.GroupTable
---@field [integer] string|cicada.Item
---@field weight? number chance of being picked relative to the other items beside it; above 0 (if missing: 1)
---@field rounds? integer|cicada.Wait how often: a sequence is gone through so often, of a group so many items are picked. A whole number from 1, or `between` two, drawn at each entry (if missing: 1)
---@field tags? string|string[] tags of all tasks inside (if missing: none)

--- Fields of a load
---@class cicada.Load
---@field users? integer users in the end, 1 to 10000000 (if missing: 1)
---@field spawn_rate? number users started per second, above 0 (if missing: 1)
---@field stages? string users by straight lines, each a time and the users at its end: `"2m:1000, 10m:1000, 1m:0"` (if missing: users and spawn_rate)
---@field shape? string|fun(second: integer): number? users by a ready-made course (`ramp`, `steps`, `spike`, `sine`), or a function that returns them for each second (if missing: users and spawn_rate)
---@field arrival_rate? string iterations started: `"1000/s"`, `"60/m"`, `"100/h"` (if missing: closed model)
---@field arrival_stages? string the same by straight lines: `"1m:100/s, 5m:100/s, 10s:0/s"` (if missing: closed model)
---@field arrival_shape? string|fun(second: integer): number? the same by a ready-made course, or a function that returns starts per second (if missing: closed model)
---@field arrivals? "constant"|"poisson" gaps between two starts: even, or random with the rate on average (if missing: `"constant"`)
---@field max_users? integer users that carry the iterations out, 1 to 10000000 (if missing: enough for iterations of 1 s)
---@field max_lateness? string a start that has waited longer for a user is dropped (if missing: none is before the end)
---@field iterations? integer no iteration begins after so many, over all users (if missing: any number)
---@field requests? integer no iteration begins once so many requests were sent (if missing: any number)
---@field warm_up? string what ends in so long from the start is not in the result (if missing: `"0s"`)
---@field run_time? string the run ends after so long (if missing: at the end of stages or shape, or at Ctrl-C)

--- Fields of a threshold
---@class cicada.Threshold
---@field [integer] string
---@field abort? boolean whether the run is stopped when it does not hold (if missing: `false`)
---@field abort_after? string how long after the start the run is not stopped for it yet; implies `abort` (if missing: `"10s"`)

--- Fields of a data file
---@class cicada.DataOptions
---@field [integer] string
---@field per? "user"|"iteration" how often a user gets another row: never, or in each execution of a task (if missing: `"user"`)
---@field order? "unique"|"cyclic"|"random" `unique`: each row at most once in the whole run, over all workers; `cyclic`: one after the other and then from the start, user n begins at row n; `random`: any row (if missing: `"unique"`)
---@field at_end? "stop_user"|"cyclic"|"fail" what becomes of a user for which no unique row is left: it ends, the file is gone through again, or the task ends with an error (if missing: `"stop_user"`)
---@field header? boolean CSV: whether the first line names the columns; if not, they have numbers from 1 (if missing: `true`)
---@field delimiter? string CSV: what stands between two fields, one ASCII character (if missing: `","`)

--- Options of a request
---@class cicada.RequestOptions
---@field form? cicada.FieldTable body as `application/x-www-form-urlencoded`: a table of fields with texts, numbers or booleans. Letters, digits and `*-._` are sent as they are, a space as `+`, all else as `%XX` (if missing: no body)
---@field json? any body as `application/json`; see `json.encode` (if missing: no body)
---@field body? string body as it is, which may hold any bytes; as `application/octet-stream` unless a header says otherwise (if missing: no body)
---@field multipart? cicada.PartTable body as `multipart/form-data` (RFC 7578): a table of fields; a value is a text, number, boolean, or a table with the text `data` and, if wanted, `filename` and `type` (if missing: no body)
---@field headers? table<string, string|number> header fields; values are texts or numbers without CR, LF and NUL. 1000 fields and 1 MiB at most. `Content-Length` and `Transfer-Encoding` are set by the client (if missing: those of the class)
---@field query? cicada.FieldTable a table of fields, encoded like `form` and put behind the URL (if missing: none)
---@field name? string the name under which the request is counted (if missing: the URL as the script wrote it, without `query`)
---@field timeout? number seconds for the whole request with its redirects, 0.001 to 86400 (if missing: that of the class, or of the run)
---@field redirects? boolean|integer whether redirects are followed, or how many at most, 0 to 100; the phases are those of the last hop (if missing: that of the class, or `true`)
---@field auth? cicada.Auth|false who asks: `{ user = …, password = … }` (RFC 7617), `{ bearer = token }` (RFC 6750), or `false`: not even whom the class names (if missing: whom the class names)
---@field expect? integer|string|(integer|string)[] the statuses of a success: 404, `"2xx"`, or a list of such. Any other makes the request a failure with the reason `HTTP 200, expected 404` (if missing: 100 to 399)

--- Fields of auth
---@class cicada.Auth
---@field user? string name for basic authentication, without a colon (if missing: `bearer` is needed)
---@field password? string password for basic authentication (if missing: empty)
---@field bearer? string a token: visible ASCII characters without spaces (if missing: `user` is needed)

--- Fields of a part of multipart
---@class cicada.Part
---@field data string the part's bytes (if missing: an error)
---@field filename? string the file's name (if missing: the part is no file)
---@field type? string its media type (if missing: `application/octet-stream` for files)

--- Fields of a response
---@class cicada.Response
---@field status integer the status code; 0 when there was no answer (connection refused, timeout, …)
---@field ok boolean true for a status from 200 to 399
---@field body string the body's bytes, decompressed; `""` when there was no answer
---@field text string the body as UTF-8, by the charset of `Content-Type`: UTF-8 if it has none, ISO-8859-1, windows-1252, US-ASCII or UTF-16; what is wrong is replaced by U+FFFD. Another charset is an error
---@field truncated boolean true when the answer was longer than the 16 MiB that are kept, and `body` is its beginning
---@field headers table<string, string> the header fields of the last answer by name, in upper or lower case; nil if absent; several fields of one name are joined by `", "`. `pairs(r.headers)` gives lower-case names
---@field cookies table<string, string> the cookies that this answer sets, by name
---@field time number the service time: seconds from handing the request over to the last byte of the answer
---@field phases cicada.Phases seconds of the parts of `time`, of the last hop: `lookup`, `connect`, `tls`, `wait`, `receive`; nil for what did not happen
---@field redirects integer the number of redirects that were followed
---@field url string? where the last redirect led; nil when none was followed
---@field error string? why there was no answer, in words; nil when there was one

--- Fields of phases
---@class cicada.Phases
---@field lookup number? from name to address
---@field connect number? TCP handshake
---@field tls number? TLS handshake
---@field wait number? from the end of connecting, or the start on a kept connection, to the first byte
---@field receive number? from the first to the last byte of the answer

--- Fields of self
---@class cicada.User
---@field http cicada.Http for requests
---@field id integer the number of the user over the whole run, from 0
---@field class string the name of its class
---@field shared any what `setup` returned, or nil. Each engine thread has a copy of its own, which all its users share: do not change it
---@field [string] any what the script puts into it

--- Fields of json
---@class json
---@field null cicada.Null stands for JSON's null, which a table cannot hold as nil; not false in conditions

--- Parts of a URL
---@class cicada.URLParts
---@field scheme string? in lower case
---@field user string? what stands before the `@`
---@field host string? without the brackets of an IPv6 address
---@field port integer? 0 to 65535
---@field path string maybe empty
---@field query string? without the `?`
---@field fragment string? without the `#`

--- Declares a user class. The items are its tasks, sequences and groups, one at least; a user picks one of them at random by weight, again and again.
--- Errors: The name is missing or declared twice; a field is unknown or has a wrong value; there is no item.
--- Use it at the top level only.
--- ```lua
--- user "Reader" {
---   weight = 3, wait = between(1, 5),
---   task { "home", function(self) self.http:get("/") end },
--- }
--- ```
---@param name string unique in the script, 1 to 200 bytes without control characters
---@return fun(class: cicada.UserClass) # a function that takes the class's table, which follows the name
function user(name) end

--- Declares one task: what a user does between two waits.
--- Errors: The name or the function is missing; a field is unknown or has a wrong value.
--- Use it at the top level only.
--- ```lua
--- local browse = task { "browse", weight = 2, tags = { "read", "fast" }, function(self) self.http:get("/") end }
--- user "Guest"  { wait = constant(2), browse }
--- user "Member" { wait = constant(1), browse, task { "account", function(self) self.http:get("/account") end } }
--- ```
---@param task cicada.TaskTable name, function and fields
---@return cicada.Item # for the items of a class, sequence or group; one task may stand in several
function task(task) end

--- Declares tasks that are executed one after the other, as they stand. After the last one the user is back in the class or group around it. The class's wait lies between all tasks. At most 10 may stand inside one another.
--- Errors: The name or the items are missing; a field is unknown or has a wrong value.
--- Use it at the top level only.
--- ```lua
--- sequence { "buy", weight = 2,
---   task { "look", function(self) self.http:get("/items") end },
---   task { "pay",  function(self) self.http:post("/orders", { json = { item = 1 } }) end },
--- }
--- ```
---@param sequence cicada.GroupTable name, fields, and one item at least
---@return cicada.Item # for the items of a class, sequence or group
function sequence(sequence) end

--- Declares items of which a user that enters picks `rounds`, each at random by weight. Otherwise like `sequence`.
--- Errors: As for `sequence`.
--- Use it at the top level only.
--- ```lua
--- group { "browse", weight = 8, rounds = between(2, 5), tags = "read",
---   task { "list",   weight = 3, function(self) self.http:get("/items") end },
---   task { "detail", weight = 1, function(self) self.http:get("/items/1", { name = "/items/[id]" }) end },
--- }
--- ```
---@param group cicada.GroupTable name, fields, and one item at least
---@return cicada.Item # for the items of a class, sequence or group
function group(group) end

--- Declares what is done once in a run, on one worker, before the first user. What the function returns is every user's `self.shared`; it must be possible to write it as JSON of at most 1 MiB. If it raises an error the run ends.
--- Errors: It is declared twice.
--- Use it at the top level only.
--- ```lua
--- setup(function(self)
---   return { catalogue = self.http:get("/items"):json("items") }
--- end)
--- ```
---@param run fun(self: cicada.User): any may send requests, to the first class's host, and sleep
function setup(run) end

--- Declares what is done once in a run, on one worker, after the last user. `self.shared` is what `setup` returned.
--- Errors: It is declared twice.
--- Use it at the top level only.
--- ```lua
--- teardown(function(self) self.http:delete("/items/1") end)
--- ```
---@param run fun(self: cicada.User) may send requests, to the first class's host, and sleep
function teardown(run) end

--- Says how much load there is and when it ends. Closed model: users in a loop, with `users` and `spawn_rate`, `stages` or `shape`. Open model: iterations that start by a schedule, with `arrival_rate`, `arrival_stages` or `arrival_shape`. One run has one of them. Times and rates are texts with their units.
--- Errors: It is declared twice; a field is unknown or has a wrong value; the shape raises an error.
--- Use it at the top level only.
--- ```lua
--- load { arrival_rate = "100/s", max_users = 200, warm_up = "10s", run_time = "5m" }
--- ```
---@param fields cicada.Load see below
function load(fields) end

--- Bounds that the run is to keep; with one that is not passed the run ends with exit code 99. A list of texts, or of tables of a text and `abort = true` (the run is stopped when it does not hold, after 10 s at the earliest) or `abort_after = "30s"` (not before so much is over). `figure comparison value [over TIME]`: `p95 < 200ms`, `failure_rate < 1%`, `throughput > 1000/s over 1m`, `name("login").p99 < 1s over 30s`, `timing("checkout").p95 < 2s`, `counter("coins") > 0`, `iteration.p95 < 3s`. Those of `--threshold` are added to them.
--- Errors: It is declared twice; an item is no text, or not written as a threshold is.
--- Use it at the top level only.
--- ```lua
--- thresholds { "p95 < 200ms", { "failure_rate < 1%", abort = true } }
--- ```
---@param texts (string|cicada.Threshold)[] what has to hold: [thresholds.md](thresholds.md)
function thresholds(texts) end

--- Always the same pause.
--- Errors: A number is missing or out of range.
--- Use it everywhere.
--- ```lua
--- wait = constant(1.5)
--- ```
---@param seconds number 0 to 1000000000
---@return cicada.Wait # a wait
function constant(seconds) end

--- A pause that is uniformly distributed between two bounds.
--- Errors: A number is missing or out of range.
--- Use it everywhere.
--- ```lua
--- wait = between(0.5, 2)
--- ```
---@param from number seconds, 0 to 1000000000
---@param to number seconds, not below `from`
---@return cicada.Wait # a wait; with whole numbers also for `rounds`
function between(from, to) end

--- An exponentially distributed pause with this mean: the tasks of many such users start at random, independently of one another, as a Poisson process.
--- Errors: The number is missing or out of range.
--- Use it everywhere.
--- ```lua
--- wait = poisson(10)
--- ```
---@param mean number seconds, above 0
---@return cicada.Wait # a wait
function poisson(mean) end

--- No pause but a schedule: a user's task k is due at t0 + k × seconds, however long tasks take. One that is late starts at once and keeps its intended time, from which its response time counts. With `catch_up = false` the schedule begins anew with each start, as Locust has it; response times are then not offered: the service time stands in their place.
--- Errors: The number is missing or out of range; an option is unknown.
--- Use it everywhere.
--- ```lua
--- wait = pacing(2)
--- ```
---@param seconds number above 0
---@param options? { catch_up: boolean? } `catch_up`: see the text; true if missing
---@return cicada.Wait # a wait
function pacing(seconds, options) end

--- `pacing(1 / per_second)`.
--- Errors: The number is missing or out of range; an option is unknown.
--- Use it everywhere.
--- ```lua
--- wait = throughput(0.5, { catch_up = false })
--- ```
---@param per_second number tasks per second of each user, above 0
---@param options? { catch_up: boolean? } as for `pacing`
---@return cicada.Wait # a wait
function throughput(per_second, options) end

--- Reads a variable of the environment in which the run is planned. Steps may read only those that the top level names too: so what is secret leaves the machine only where the script says so.
--- Errors: In a step: the top level does not name the variable.
--- Use it everywhere.
--- ```lua
--- local API_KEY = env("API_KEY", "none")
--- ```
---@param name string of a variable of the environment
---@param default? any the result when the variable is not set
---@return string? # its value, the default, or nil
function env(name, default) end

--- Reads a whole file: a certificate, a picture to upload, a template.
--- Errors: The file is missing, too large, or outside the script's folder.
--- Use it at the top level only.
--- ```lua
--- local picture = file("data/picture.png")
--- ```
---@param name string path relative to the script's folder, without `..`
---@return string # the file's bytes, 64 MiB at most
function file(name) end

--- Declares a data file whose rows are handed out to users. By its ending it is CSV (`.csv`, RFC 4180, UTF-8) or has a JSON value on each line (`.jsonl`, `.ndjson`). 64 MiB at most, 1000 columns, 1 MiB a field or line.
--- Errors: The file is missing or wrong: the message names its line and column.
--- Use it at the top level only.
--- ```lua
--- local accounts = data { "data/accounts.csv", per = "user", order = "unique", at_end = "stop_user" }
--- ```
---@param source string|cicada.DataOptions path relative to the script's folder, or a table with it and fields
---@return cicada.Data # for `row`; `#` gives the number of rows
function data(source) end

--- The row of a user. It may suspend the user until the master has granted rows, as a request does. A row of a worker that was lost counts as used.
--- Errors: The rows are used up and `at_end` is `"fail"`.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- on_start = function(self) self.account = accounts:row(self) end,
--- task { "sign in", function(self) self.http:post("/login", { form = { name = self.account.name } }) end },
--- ```
---@param self cicada.User the user whose step this is
---@return any # CSV: a table of texts by column; JSON lines: the line's value
function Data:row(self) end

--- Sends a GET request. A body is unusual but possible.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- local r = self.http:get("/search", { query = { q = "two words", page = 1 } })
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:get(url, options) end

--- Sends a POST request.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:post("/orders", { json = { items = { { id = 7, count = 2 } }, gift = true }, name = "order" })
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:post(url, options) end

--- Sends a PUT request.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:put("/items/1", { json = { name = "tea" }, name = "/items/[id]" })
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:put(url, options) end

--- Sends a PATCH request.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:patch("/items/1", { json = { price = 3 }, name = "/items/[id]" })
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:patch(url, options) end

--- Sends a DELETE request.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:delete("/items/1", { name = "/items/[id]", expect = { 200, 204, 404 } })
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:delete(url, options) end

--- Sends a HEAD request. Neither it nor its answer has a body.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- local size = self.http:head("/").headers["Content-Length"]
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:head(url, options) end

--- Sends an OPTIONS request.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- local allowed = self.http:options("/").headers.Allow
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:options(url, options) end

--- Sends a TRACE request. It has no body.
--- Errors: What is wrong with the URL or an option. A request that gets no answer raises nothing.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:trace("/", { expect = 405 })
--- ```
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:trace(url, options) end

--- Sends a request whose method is known only when the script runs.
--- Errors: The method is unknown; what is wrong with the URL or an option.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:request(random.choice { "PUT", "PATCH" }, "/items/1", { json = { price = 3 } })
--- ```
---@param method string one of the eight above, in upper or lower case
---@param url string a path that begins with `/`, put behind the host, or a whole `http://` or `https://` URL
---@param options? cicada.RequestOptions see below
---@return cicada.Response # the response
function Http:request(method, url, options) end

--- Sends all requests at once, over connections of the user's own, and returns when the last answer is there: as a browser fetches what a page needs. Each is counted by itself.
--- Errors: There is none or more than 100; what is wrong with one of them.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- local rs = self.http:batch { { "GET", "/style.css" }, { "POST", "/seen", { json = { page = 1 } } } }
--- check(rs[1], "is a style sheet", rs[1].headers["Content-Type"] == "text/css")
--- ```
---@param requests { [1]: string, [2]: string, [3]: cicada.RequestOptions? }[] 1 to 100 tables of method, URL and, if wanted, options
---@return cicada.Response[] # the responses in the order of the requests
function Http:batch(requests) end

--- The user forgets its cookies, just before its next request is sent. Cookies of answers are kept and sent back without any doing of the script. A `Cookie` header of the script's goes behind them in the same field; where both have a name, both are sent.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- self.http:clear_cookies()
--- ```
function Http:clear_cookies() end

--- Reads the body as JSON, anew each time: keep what is used often in a local variable. Bounds are those of `json.decode`.
--- Errors: The path cannot be read.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- local id, why = r:json("data.items[1].id")
--- if not id then fail(r, why) end
--- ```
---@param path? string names with dots between, `[1]` for items, `["odd name"]` for others; the whole if missing
---@return any # the value there, `json.null` for null; nil when there is none or the body is not JSON
---@return string? # why it is nil
function Response:json(path) end

--- Makes the request of a response a failure with the reason `check failed: description` when the condition does not hold. Must come before the user's next request or sleep, since the request is counted then. Of several checks that do not hold the first is the reason. The script goes on in any case.
--- Errors: An argument is missing, or the request has been counted already.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- if not check(r, "is a page", r.status == 200 and r.body:find("<html", 1, true)) then return end
--- ```
---@param r cicada.Response a response of the user's last request or batch
---@param description string what holds; at most 512 bytes, the rest is cut
---@param condition any false or nil: it does not hold
---@return any # the condition
function check(r, description, condition) end

--- Makes the request of a response a failure with this reason, unless it has one already.
--- Errors: As for `check`.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- if r.status == 200 and r:json("state") == "denied" then fail(r, "denied") end
--- ```
---@param r cicada.Response as for `check`
---@param reason string words fit for a table, the same for the same kind of failure; about 500 bytes at most
function fail(r, reason) end

--- The status of a response is none of a failure, whatever it is, nor does it matter that `expect` names another. Checks still count, and a request without an answer is a failure in any case.
--- Errors: As for `check`.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- if r.status == 404 then pass(r) end
--- ```
---@param r cicada.Response as for `check`
function pass(r) end

--- Returns after so long; other users run meanwhile. The pause belongs to the task, not to any request.
--- Errors: The number is missing or out of range.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- sleep(0.5)
--- ```
---@param seconds number 0 to 1000000000
function sleep(seconds) end

--- Ends the task, and with it the innermost sequence or group in which it stands.
--- Errors: The task stands in none.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- if r.status == 404 then leave() end
--- ```
function leave() end

--- Ends the step, and the user for good. Its `on_stop` still runs; called in `on_start`, no `on_stop` runs.
--- Errors: There is no user: in `setup` and `teardown`.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- if not self.token then stop_user() end
--- ```
function stop_user() end

--- Ends the step, and the whole run in an orderly way.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- if r.status == 503 then stop_run("the target is closed") end
--- ```
---@param reason? string shown with the result; 512 bytes at most
function stop_run(reason) end

--- Adds a time to those of this name. The result shows their number, average and percentiles.
--- Errors: An argument is missing or out of range.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- local start = time()
--- self.http:get("/a") self.http:get("/b")
--- timing("both pages", time() - start)
--- ```
---@param name string 1 to 200 bytes without control characters
---@param seconds number how long something took, 0 to 1000000000
function timing(name, seconds) end

--- Adds an amount to the sum of this name.
--- Errors: An argument is missing or out of range.
--- Use it in `on_start`, `on_stop`, tasks, `setup` and `teardown`.
--- ```lua
--- counter("items sold", 3)
--- ```
---@param name string 1 to 200 bytes without control characters
---@param amount? number finite; 1 if missing
function counter(name, amount) end

--- The time of day.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- local start = time()
--- ```
---@return number # seconds since 1970-01-01 00:00:00 UTC, with their fraction
function time() end

--- Writes a time as text.
--- Errors: An argument is missing or out of range; `"local"` at the top level.
--- Use it everywhere.
--- ```lua
--- local today = format_time(time(), "%Y-%m-%d")
--- ```
---@param seconds number since 1970, of the years 0 to 9999
---@param format string as `strftime` has it: `%Y-%m-%d %H:%M:%S`; at most 256 bytes
---@param zone? "utc"|"local" whose time; `"utc"` if missing; `"local"` is the worker's
---@return string # the time as text
function format_time(seconds, format, zone) end

--- The local time of the worker.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- self.http:post("/metrics", { form = { timestamp = timestamp() } })
--- ```
---@return string # `YYYY-MM-DD HH:MM:SS.ffffff`, always 26 characters
function timestamp() end

--- A random identifier, version 4 (RFC 9562). Not for secrets.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- on_start = function(self) self.deviceid = uuid() end
--- ```
---@return string # 36 characters
function uuid() end

random = {}

--- Picks an item.
--- Errors: The list is empty.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- local colour = random.choice { "red", "green", "blue" }
--- ```
---@param list any[] one item at least
---@return any # one of its items, all equally likely
function random.choice(list) end

--- Mixes a list; the one given stays as it is.
--- Errors: It is no list.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- for _, path in ipairs(random.shuffle { "/a", "/b" }) do self.http:get(path) end
--- ```
---@param list any[] at most 10000000 items
---@return any[] # a new list with its items in random order
function random.shuffle(list) end

--- A random text.
--- Errors: The length or the alphabet is wrong.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- local code = random.text(6, "0123456789")
--- ```
---@param length integer 0 to 1048576
---@param alphabet? string ASCII characters to choose from; letters and digits if missing
---@return string # so many random characters
function random.text(length, alphabet) end

--- Random bytes, for bodies that cannot be compressed.
--- Errors: The length is wrong.
--- Use it everywhere but at the top level, since every worker runs that and would get another result.
--- ```lua
--- self.http:post("/upload", { body = random.bytes(4096) })
--- ```
---@param length integer 0 to 1048576
---@return string # so many random bytes
function random.bytes(length) end

---@type json
json = {}

--- Writes a value as JSON (RFC 8259). A table with items 1 to n and nothing else is an array; a table with text keys only is an object, its keys in the order of their bytes; an empty table is `{}`, unless `json.array` marks it.
--- Errors: Mixed tables, gaps, infinite numbers, texts that are not UTF-8, functions, more than 100 tables inside one another, and more than 1000000 values, where a table counts at each place where it stands.
--- Use it everywhere.
--- ```lua
--- local body = json.encode { id = 7, tags = json.array() }
--- ```
---@param value any see the text
---@return string # JSON text, 64 MiB at most
function json.encode(value) end

--- Reads JSON. Whole numbers of 64 bits are exact; larger ones become floats, as do those with a point or exponent. Refused are numbers that no float holds (`1e400`) and keys of objects with a NUL (`\u0000`).
--- Errors: The text is not JSON: the message names line and column.
--- Use it everywhere.
--- ```lua
--- local settings = json.decode(file("data/settings.json"))
--- ```
---@param text string at most 16 MiB, 1000000 values and 100 levels
---@return any # its value; null is `json.null`
function json.decode(text) end

--- Marks a table so that it is written as an array even when it is empty.
--- Errors: It is no table, or has a metatable.
--- Use it everywhere.
--- ```lua
--- self.http:post("/orders", { json = { items = json.array() } })
--- ```
---@param list? any[] a new table if missing
---@return any[] # the same table
function json.array(list) end

base64 = {}

--- Writes bytes as base64.
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local part = base64.encode(json.encode({ sub = self.id }), "url")
--- ```
---@param text string any bytes
---@param alphabet? "url" with `-` and `_` instead of `+` and `/`, and without padding
---@return string # base64
function base64.encode(text, alphabet) end

--- Reads base64.
--- Errors: The text has a wrong length, another character (spaces too), or bits behind its end.
--- Use it everywhere.
--- ```lua
--- local claims = json.decode(base64.decode(regex.match(token, "\\.([^.]+)\\.")))
--- ```
---@param text string either alphabet, with or without padding
---@return string # the bytes
function base64.decode(text) end

hex = {}

--- Writes bytes as hexadecimal digits.
--- Errors: The argument is no text.
--- Use it everywhere.
--- ```lua
--- local span = hex.encode(random.bytes(8))
--- ```
---@param text string any bytes
---@return string # two digits a byte, lower case
function hex.encode(text) end

--- Reads hexadecimal digits.
--- Errors: Their number is odd, or one is none.
--- Use it everywhere.
--- ```lua
--- local key = hex.decode("0b0b0b0b")
--- ```
---@param text string hexadecimal digits in upper or lower case
---@return string # the bytes
function hex.decode(text) end

hash = {}

--- MD5 (RFC 1321). Broken: for old interfaces only.
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local etag = hash.md5(r.body)
--- ```
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the digest
function hash.md5(text, form) end

--- SHA-1 (FIPS 180-4). Broken: for old interfaces only.
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local name = hash.sha1(r.body)
--- ```
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the digest
function hash.sha1(text, form) end

--- SHA-256 (FIPS 180-4).
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local digest = hash.sha256(body, "base64")
--- ```
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the digest
function hash.sha256(text, form) end

--- SHA-384 (FIPS 180-4).
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local integrity = "sha384-" .. hash.sha384(r.body, "base64")
--- ```
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the digest
function hash.sha384(text, form) end

--- SHA-512 (FIPS 180-4).
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local digest = hash.sha512(body)
--- ```
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the digest
function hash.sha512(text, form) end

hmac = {}

--- HMAC with SHA-1 (RFC 2104).
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local signature = hmac.sha1(key, text, "base64")
--- ```
---@param key string any bytes
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the code
function hmac.sha1(key, text, form) end

--- HMAC with SHA-256 (RFC 2104).
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- headers = { ["X-Signature"] = hmac.sha256(KEY, body) }
--- ```
---@param key string any bytes
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the code
function hmac.sha256(key, text, form) end

--- HMAC with SHA-512 (RFC 2104).
--- Errors: An argument is wrong.
--- Use it everywhere.
--- ```lua
--- local signature = hmac.sha512(key, text)
--- ```
---@param key string any bytes
---@param text string any bytes, 64 MiB at most
---@param form? "hex"|"raw"|"base64" how the result is written; `"hex"` if missing
---@return string # the code
function hmac.sha512(key, text, form) end

url = {}

--- Percent-encodes everything but letters, digits and `-._~` (RFC 3986).
--- Errors: The argument is no text.
--- Use it everywhere.
--- ```lua
--- self.http:get("/users/" .. url.encode(self.name), { name = "/users/[name]" })
--- ```
---@param text string any bytes
---@return string # fit for a part of a path or query
function url.encode(text) end

--- Undoes percent-encoding.
--- Errors: A `%` without two hexadecimal digits.
--- Use it everywhere.
--- ```lua
--- local name = url.decode("M%C3%BCller")
--- ```
---@param text string percent-encoded; a `+` stays one
---@return string # the bytes
function url.decode(text) end

--- Writes fields as a query or form.
--- Errors: It is no table of fields.
--- Use it everywhere.
--- ```lua
--- local link = "/search?" .. url.query { q = "two words" }
--- ```
---@param fields cicada.FieldTable as the option `form`
---@return string # `a=1&b=x+y`
function url.query(fields) end

--- Takes a URL apart (RFC 3986).
--- Errors: The port is no number from 0 to 65535.
--- Use it everywhere.
--- ```lua
--- local path = url.parse(r.headers.Location).path
--- ```
---@param text string a URL or a part of one, 1 MiB at most
---@return cicada.URLParts # its parts, as they stand there
function url.parse(text) end

regex = {}

--- Looks for the first match.
--- Errors: The pattern cannot be read, or takes too long.
--- Use it everywhere.
--- ```lua
--- local token = regex.match(r.body, 'name="csrf" value="([^"]+)"')
--- ```
---@param text string any bytes, 4 MiB at most; places are counted in bytes from 1
---@param pattern string 8192 bytes and 250 captures at most; in a Lua text every `\` is written `\\`
---@return string? # the first match's captures, or the whole of it when the pattern has none; nil: no match
---@return string? # further captures
function regex.match(text, pattern) end

--- Looks for the first match and says where it is.
--- Errors: As for `regex.match`.
--- Use it everywhere.
--- ```lua
--- local from, to = regex.find(r.body, "(?i)error")
--- ```
---@param text string any bytes, 4 MiB at most; places are counted in bytes from 1
---@param pattern string 8192 bytes and 250 captures at most; in a Lua text every `\` is written `\\`
---@param init? integer where to begin; below 0: from the end; 1 if missing
---@return integer? # the place of its first byte; nil: no match
---@return integer? # that of its last
---@return string? # captures
function regex.find(text, pattern, init) end

--- Goes through all matches. Where the first capture took no part in a match, the iterator gives `false` in its place, since nil would end the loop.
--- Errors: As for `regex.match`.
--- Use it everywhere.
--- ```lua
--- for link in regex.gmatch(r.body, 'href="([^"]+)"') do counter("links") end
--- ```
---@param text string any bytes, 4 MiB at most; places are counted in bytes from 1
---@param pattern string 8192 bytes and 250 captures at most; in a Lua text every `\` is written `\\`
---@return fun(): string? # an iterator; each turn gives what `regex.match` gives
function regex.gmatch(text, pattern) end

--- Replaces all matches.
--- Errors: As for `regex.match`; a `$` that stands for no capture.
--- Use it everywhere.
--- ```lua
--- local name = regex.replace(path, "/\\d+", "/[id]")
--- ```
---@param text string any bytes, 4 MiB at most; places are counted in bytes from 1
---@param pattern string 8192 bytes and 250 captures at most; in a Lua text every `\` is written `\\`
---@param replacement string `$1` to `$9` stand for captures, `$0` for the whole, `$$` for `$`; 64 KiB at most
---@return string # the text with all matches replaced, 64 MiB at most
---@return integer # how many there were
function regex.replace(text, pattern, replacement) end
