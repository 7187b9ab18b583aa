import Configuration
import Testing

struct SettingsReferenceTests {
    @Test func `every setting is documented once`() {
        let keys = SettingsReference.relay.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        for entry in SettingsReference.relay.all {
            #expect(!entry.allowed.isEmpty, "\(entry.key)")
            #expect(entry.description.hasSuffix("."), "\(entry.key)")
        }
        #expect(keys.last == "kafka.*")
    }

    @Test func `the Markdown table has a row of four cells for every setting`() {
        let lines = SettingsReference.relay.markdownTable().split(separator: "\n")
        #expect(lines.count == SettingsReference.relay.all.count + 2)
        for line in lines {
            #expect(line.replacing("\\|", with: "").filter { $0 == "|" }.count == 5, "\(line)")
        }
        #expect(lines.contains { $0.hasPrefix("| `slot.name` | `outbox_relay` | 1 to 63 of a-z, 0-9 and _ |") })
    }

    @Test func `the help text names every setting`() {
        let text = SettingsReference.relay.helpText()
        for entry in SettingsReference.relay.all { #expect(text.contains(entry.key + "\n")) }
    }
}
