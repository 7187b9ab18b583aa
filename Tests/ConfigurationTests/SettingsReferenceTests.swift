import Configuration
import Testing

struct SettingsReferenceTests {
    @Test func `every setting is documented once`() {
        let keys = SettingsReference.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        for entry in SettingsReference.all {
            #expect(!entry.allowed.isEmpty, "\(entry.key)")
            #expect(entry.description.hasSuffix("."), "\(entry.key)")
        }
        #expect(keys.last == "kafka.*")
    }

    @Test func `the Markdown table has a row of four cells for every setting`() {
        let lines = SettingsReference.markdownTable().split(separator: "\n")
        #expect(lines.count == SettingsReference.all.count + 2)
        for line in lines {
            #expect(line.replacing("\\|", with: "").filter { $0 == "|" }.count == 5, "\(line)")
        }
        #expect(lines.contains { $0.hasPrefix("| `slot.name` | `outbox_relay` | 1 to 63 of a-z, 0-9 and _ |") })
    }

    @Test func `the help text names every setting`() {
        let text = SettingsReference.helpText()
        for entry in SettingsReference.all { #expect(text.contains(entry.key + "\n")) }
    }
}
