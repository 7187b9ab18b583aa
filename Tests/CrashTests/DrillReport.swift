import Drills
import Glibc
import TestSupport

/// The table that the drills print, one line each.
enum DrillReport {
    static func line(_ name: String, _ audit: DeliveryAudit, gap: Double, note: String) {
        line(
            name,
            "written \(audit.written), delivered \(audit.delivered), duplicates \(audit.duplicates), "
                + "order violations \(audit.orderViolations.count), longest gap \(seconds(gap)); \(note)")
    }

    static func line(_ name: String, _ text: String) {
        print("drill \(name): \(text)")
        fflush(nil)
    }

    static func seconds(_ value: Double) -> String { "\((value * 100).rounded() / 100) s" }
}
