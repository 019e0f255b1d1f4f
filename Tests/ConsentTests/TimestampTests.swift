import Consent
import Testing

@Suite struct TimestampTests {
    struct Reading: CustomTestStringConvertible {
        var text: String
        var milliseconds: Int64

        var testDescription: String { text }
    }

    static let readings = [
        Reading(text: "1970-01-01T00:00:00Z", milliseconds: 0),
        Reading(text: "1970-01-01T00:00:00.001Z", milliseconds: 1),
        Reading(text: "1969-12-31T23:59:59.999Z", milliseconds: -1),
        Reading(text: "2026-03-14T09:26:53.589Z", milliseconds: 1_773_480_413_589),
        Reading(text: "2026-03-14t09:26:53.589z", milliseconds: 1_773_480_413_589),
        Reading(text: "2026-03-14 09:26:53.589Z", milliseconds: 1_773_480_413_589),
        Reading(text: "2026-03-14T10:26:53.589+01:00", milliseconds: 1_773_480_413_589),
        Reading(text: "2026-03-14T03:56:53.589-05:30", milliseconds: 1_773_480_413_589),
        Reading(text: "2026-03-14T09:26:53.589-00:00", milliseconds: 1_773_480_413_589),
        Reading(text: "2000-02-29T00:00:00Z", milliseconds: 951_782_400_000),
        Reading(text: "2024-02-29T12:00:00Z", milliseconds: 1_709_208_000_000),
        Reading(text: "2024-03-01T00:30:00+01:00", milliseconds: 1_709_249_400_000),
        Reading(text: "1900-03-01T00:00:00Z", milliseconds: -2_203_891_200_000),
        Reading(text: "2016-12-31T23:59:60Z", milliseconds: 1_483_228_800_000),
        Reading(text: "0000-01-01T00:00:00Z", milliseconds: -62_167_219_200_000),
        Reading(text: "9999-12-31T23:59:59.999Z", milliseconds: 253_402_300_799_999),
    ]

    @Test(arguments: readings)
    func rfc3339IsRead(_ reading: Reading) {
        #expect(Timestamp(rfc3339: reading.text)?.milliseconds == reading.milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-03-14", "2026-03-14T09:26:53", "2026-03-14T09:26Z", "2026-03-14T09:26:53.Z",
        "2026-03-14T09:26:53,5Z", "2026-03-14T09:26:53+0100", "2026-03-14T09:26:53+01", "2026-03-14T09:26:53+24:00",
        "2026-03-14T09:26:53+01:60", "2026-03-14T09:26:53Z ", " 2026-03-14T09:26:53Z", "2026-03-14T09:26:53ZZ",
        "2026-3-14T09:26:53Z", "26-03-14T09:26:53Z", "2026/03/14T09:26:53Z", "2026-03-14X09:26:53Z",
        "+026-03-14T09:26:53Z", "2026-03-14T09:26:53.5", "٢026-03-14T09:26:53Z",
    ])
    func whatIsNoRFC3339IsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2024-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
    ])
    func datesThatDoNotExistAreRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    /// What cannot be written with four digits for the year must not come in.
    @Test(arguments: ["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01"])
    func momentsOutsideOfFourDigitYearsAreRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        (".5", 500), (".50", 500), (".05", 50), (".999", 999), (".9999999", 999), (".0009", 0),
        (".123456789012345678901234567890", 123),
    ])
    func fractionsAreCutToMilliseconds(fraction: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: "1970-01-01T00:00:00\(fraction)Z")?.milliseconds == milliseconds)
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func everyMomentReadsWhatItWrites(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let moment = Timestamp(
                milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            )
            let text = moment.rfc3339
            guard text.utf8.count == 24, Timestamp(rfc3339: text) == moment else {
                Issue.record("\(moment.milliseconds) was written as \(text), seed \(seed)")
                return
            }
        }
    }

    @Test func offsetsMoveTheMomentByExactlyTheirMinutes() {
        for hours in 0...23 {
            for minutes in [0, 1, 30, 59] {
                let digits = (hours < 10 ? "0" : "") + "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes)"
                let distance = Int64((hours * 60 + minutes) * 60_000)
                #expect(Timestamp(rfc3339: "1970-01-01T00:00:00+\(digits)")?.milliseconds == -distance)
                #expect(Timestamp(rfc3339: "1970-01-01T00:00:00-\(digits)")?.milliseconds == distance)
            }
        }
    }

    @Test func daysFollowOneAnotherOverFourCenturies() {
        var moment = Timestamp(milliseconds: -11_644_473_600_000)
        #expect(moment.rfc3339 == "1601-01-01T00:00:00.000Z")
        var firstsOfMarchAfterTheTwentyNinth = 0
        var previous = ""
        for _ in 0..<146_097 {
            let day = String(moment.rfc3339.prefix(10))
            #expect(day > previous)
            if day.hasSuffix("-03-01"), previous.hasSuffix("-02-29") { firstsOfMarchAfterTheTwentyNinth += 1 }
            previous = day
            moment = moment + .seconds(86_400)
        }
        #expect(moment.rfc3339 == "2001-01-01T00:00:00.000Z")
        #expect(firstsOfMarchAfterTheTwentyNinth == 97)
    }

    @Test func arithmeticIsInWholeMilliseconds() {
        let moment = Timestamp(milliseconds: 1_000)
        #expect((moment + .microseconds(1_999)).milliseconds == 1_001)
        #expect((moment - .seconds(2)).milliseconds == -1_000)
        #expect(moment - Timestamp(milliseconds: 400) == .milliseconds(600))
        #expect(moment < moment + .milliseconds(1))
    }
}
