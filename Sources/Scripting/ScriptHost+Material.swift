import CLuaBridge
import LoadModel

/// What `env`, `file`, `data`, `accounts:row`, `timing` and `counter` ask for.
extension ScriptHost {
    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    static let variable:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<cicada_bytes>?) -> Int32 = {
            owner, name, length, value in
            guard let host = of(owner) else { return 0 }
            do throws(Refusal) {
                guard let text = try host.materials.variable(text(name, length), isLoading: host.lua?.pointee.is_loading ?? false) else {
                    return 0
                }
                value?.pointee = host.lend(text.utf8)
                return 1
            } catch {
                value?.pointee = host.lend(error.message.utf8)
                return -1
            }
        }

    static let file: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<cicada_bytes>?) -> Int32 = {
        owner, name, length, content in
        guard let host = of(owner) else { return -1 }
        do throws(Refusal) {
            content?.pointee = host.lend(try host.materials.file(text(name, length)))
            return 1
        } catch {
            content?.pointee = host.lend(error.message.utf8)
            return -1
        }
    }

    static let declareData: @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<cicada_bytes>?) -> Int32 = {
        owner, line, message in
        guard let host = of(owner), let lua = host.lua else { return -1 }
        do throws(ScriptError) {
            let declared = try DataDeclaration(line: Int(line), script: host.script, lua: lua, materials: host.materials)
            host.stocks.append(RowStock(source: declared.source, table: declared.table, seed: host.nextSeed()))
            return Int32(host.stocks.count - 1)
        } catch {
            host.refusedData = error
            message?.pointee = host.lend(error.message.utf8)
            return -1
        }
    }

    static let countRows: @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<Int32>?) -> Int64 = {
        owner, source, columns in
        guard let host = of(owner) else { return 0 }
        let table = host.stocks[Int(source)].table
        columns?.pointee = Int32(table.columnCount)
        return Int64(table.rowCount)
    }

    static let column: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, UnsafeMutablePointer<cicada_bytes>?) -> Bool = {
        owner, source, column, name in
        guard let host = of(owner) else { return false }
        let columns = host.stocks[Int(source)].table.columns
        guard columns.indices.contains(Int(column)) else { return false }
        name?.pointee = host.lend(columns[Int(column)].utf8)
        return true
    }

    static let draw: @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<cicada_bytes>?) -> Int64 = {
        owner, source, message in
        guard let host = of(owner), let lua = host.lua else { return Int64(CICADA_DRAW_STOP.rawValue) }
        switch host.stocks[Int(source)].draw(slot: Int(lua.pointee.slot), number: Int(lua.pointee.user_number)) {
        case .row(let row):
            host.observer?.drew(Int(source), row, host.stocks[Int(source)].table.fields(ofRow: row))
            return Int64(row)
        case .later: return Int64(CICADA_DRAW_LATER.rawValue)
        case .stopUser: return Int64(CICADA_DRAW_STOP.rawValue)
        case .fail:
            let file = host.stocks[Int(source)].source.file
            message?.pointee = host.lend("no row of \(file) is left: give it more rows, or write at_end = \"stop_user\" or \"cyclic\"".utf8)
            return Int64(CICADA_DRAW_FAILED.rawValue)
        }
    }

    static let cell: @convention(c) (UnsafeMutableRawPointer?, Int32, Int64, Int32) -> cicada_bytes = { owner, source, row, column in
        guard let host = of(owner) else { return cicada_bytes() }
        let table = host.stocks[Int(source)].table
        let bytes = table.format == .csv ? table.cell(row: Int(row), column: Int(column)) : table.jsonLine(Int(row))
        return cicada_bytes(start: bytes.baseAddress, length: bytes.count)
    }

    static let judge: @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int, cicada_judgement) -> Void = {
        owner, number, words, length, judgement in
        guard let observer = of(owner)?.observer else { return }
        let words = text(words, length)
        let said: StepObserver.Judgement =
            switch judgement {
            case CICADA_JUDGEMENT_HOLDS: .holds(words)
            case CICADA_JUDGEMENT_FAILS: .fails(words)
            case CICADA_JUDGEMENT_FAILURE: .failure(words)
            default: .pass
            }
        observer.judged(number < 0 ? nil : Int(number), said)
    }

    static let measure: @convention(c) (UnsafeMutableRawPointer?, Bool, UnsafePointer<CChar>?, Int, Double) -> Void = {
        owner, isTiming, name, length, value in
        guard let host = of(owner) else { return }
        let name = text(name, length)
        host.measurements.append(
            isTiming ? .timing(name: name, nanoseconds: Int64((value * 1e9).rounded())) : .counter(name: name, amount: value))
    }
}
