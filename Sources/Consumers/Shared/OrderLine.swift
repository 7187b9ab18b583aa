public import ConsumerKit

/// One line of an order's `items`: pieces of a product. A product may have several lines.
public struct OrderLine: Equatable, Sendable {
    public let product: Int64
    /// At least one.
    public let qty: Int64
    /// Of one piece, in the smallest unit; 0 when it was not asked for.
    public let price: Int64

    public init(product: Int64, qty: Int64, price: Int64) {
        self.product = product
        self.qty = qty
        self.price = price
    }

    /// Reads `items` of a payload. Throws the name of the first field that cannot be used, as `items[2].qty is missing`.
    ///
    /// - Parameter hasPrice: whether the price is needed; otherwise it is not looked at.
    public static func read(_ payload: JSONView, hasPrice: Bool) throws(PayloadError) -> [OrderLine] {
        let items = try payload.array("items")
        guard !items.isEmpty else { throw PayloadError("items is empty") }
        var lines: [OrderLine] = []
        lines.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            do throws(PayloadError) { lines.append(try line(item, hasPrice: hasPrice)) } catch {
                throw PayloadError("items[\(index)].\(error.message)")
            }
        }
        return lines
    }

    private static func line(_ item: JSONView, hasPrice: Bool) throws(PayloadError) -> OrderLine {
        let product = try item.integer("product_id")
        let qty = try item.integer("qty")
        guard qty > 0 else { throw PayloadError("qty is not above zero") }
        guard hasPrice else { return OrderLine(product: product, qty: qty, price: 0) }
        let price = try item.integer("price")
        guard price >= 0 else { throw PayloadError("price is below zero") }
        guard !qty.multipliedReportingOverflow(by: price).overflow else { throw PayloadError("price times qty is out of range") }
        return OrderLine(product: product, qty: qty, price: price)
    }

    /// Pieces times price.
    public var amount: Int64 { qty * price }
}
