-- The curve over connections for wrk: POST /metrics, made once.
wrk.method = "POST"
wrk.body = "deviceid=00000000-0000-4000-8000-000000000000&timestamp=1764000000"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
