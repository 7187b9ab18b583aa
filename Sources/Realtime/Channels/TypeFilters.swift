/// The type filters of a table's subscriptions: equal ones are one, asked once per event.
final class TypeFilters {
    private struct Filter {
        let types: EventTypes
        var uses: Int
        var askedFor: Int64 = -1
        var answer = false
    }

    /// The first one stands for no filter.
    private var filters: ContiguousArray<Filter?> = [nil]
    private var free: [UInt32] = []
    private var numbers: [EventTypes: UInt32] = [:]

    /// 0 for no filter. Every number that was acquired is to be released.
    func acquire(_ types: EventTypes?) -> UInt32 {
        guard let types else { return 0 }
        if let number = numbers[types] {
            filters[Int(number)]?.uses += 1
            return number
        }
        let number = free.popLast() ?? UInt32(filters.count)
        if Int(number) == filters.count { filters.append(nil) }
        filters[Int(number)] = Filter(types: types, uses: 1)
        numbers[types] = number
        return number
    }

    func release(_ number: UInt32) {
        guard number != 0, let filter = filters[Int(number)] else { return }
        if filter.uses > 1 {
            filters[Int(number)]?.uses -= 1
        } else {
            filters[Int(number)] = nil
            numbers[filter.types] = nil
            free.append(number)
        }
    }

    func types(_ number: UInt32) -> EventTypes? { filters[Int(number)]?.types }

    func admits(_ event: RealtimeEvent, _ number: UInt32) -> Bool {
        guard number != 0 else { return true }
        return filters.withUnsafeMutableBufferPointer { filters in
            let index = Int(number)
            if let known = filters[index], known.askedFor == event.sequence { return known.answer }
            let answer = filters[index]?.types.contains(event.eventType) ?? false
            filters[index]?.askedFor = event.sequence
            filters[index]?.answer = answer
            return answer
        }
    }
}
