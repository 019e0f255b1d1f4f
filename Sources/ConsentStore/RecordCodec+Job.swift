import Consent

extension BulkJob {
    func encode(to writer: inout ByteWriter) {
        writer.text(id)
        writer.unsigned(UInt64(configuration.ordinal))
        writer.text(origin)
        writer.count(rows.count)
        for row in rows {
            writer.unsigned(UInt64(row.slot))
            writer.unsigned(row.through.rawValue)
            writer.count(row.records.count)
            for record in row.records {
                writer.text(record.id)
                writer.optionalText(record.parentID)
            }
        }
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        let id = try reader.text()
        let configuration = try reader.configurationID()
        let origin = try reader.text()
        var rows: [Row] = []
        for _ in 0..<(try reader.count()) {
            let slot = try reader.slot()
            let through = SequenceNumber(try reader.unsigned())
            var records: [FoundRecord] = []
            for _ in 0..<(try reader.count()) {
                let id = try reader.text()
                records.append(FoundRecord(id: id, parentID: try reader.optionalText()))
            }
            rows.append(Row(slot: slot, through: through, records: records))
        }
        self.init(id: id, configuration: configuration, origin: origin, rows: rows)
    }
}
