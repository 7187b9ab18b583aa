/// The fields of one log line, in the order they were written.
///
/// A key given twice keeps its first place and takes the last value, so a line never holds a key twice.
public struct LogFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One key and its value.
    public struct Field: Sendable, Equatable {
        public var key: LogKey
        public var value: LogValue
    }

    public private(set) var all: [Field]

    public init(dictionaryLiteral elements: (LogKey, LogValue)...) {
        all = []
        all.reserveCapacity(elements.count)
        for (key, value) in elements {
            self[key] = value
        }
    }

    /// The value of a key. Setting nil removes the field.
    public subscript(key: LogKey) -> LogValue? {
        get { all.first { $0.key == key }?.value }
        set {
            let index = all.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): all[index].value = value
            case (let index?, nil): all.remove(at: index)
            case (nil, let value?): all.append(Field(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// These fields followed by the others; where both have a key, the other's value.
    public func merging(_ other: LogFields) -> LogFields {
        var merged = self
        for field in other.all {
            merged[field.key] = field.value
        }
        return merged
    }
}
