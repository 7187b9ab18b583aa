import ByteCoding
import Testing

struct LSNTests {
    @Test(arguments: [
        ("0/0", 0), ("0/1", 1), ("0/1A2B3C", 0x1A2B3C), ("16/B374D848", 0x16_B374_D848), ("1/0", 0x1_0000_0000),
        ("FFFFFFFF/FFFFFFFF", UInt64.max),
    ])
    func `the text form goes both ways`(text: String, value: UInt64) {
        #expect(LSN(text)?.rawValue == value)
        #expect(LSN(rawValue: value).description == text)
    }

    @Test func `lower case and leading zeros are read`() {
        #expect(LSN("0016/0000beef")?.description == "16/BEEF")
    }

    @Test(arguments: ["", "/", "0", "0/", "/0", "0/0/0", " 0/1", "0/1 ", "g/0", "0/123456789", "123456789/0", "-1/0", "0/0x1"])
    func `anything else is refused`(text: String) {
        #expect(LSN(text) == nil)
    }

    @Test func `distances never go below zero`() {
        let early = LSN(rawValue: 100)
        let late = LSN(rawValue: 350)
        #expect(late.bytes(since: early) == 250)
        #expect(early.bytes(since: late) == 0)
        #expect(LSN(rawValue: .max).bytes(since: .zero) == .max)
        #expect(early < late)
    }
}
