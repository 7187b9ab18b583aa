// Consumers read payloads in every file they have: with this module they get the reading of JSON, as if it were its own.
@_exported public import JSONReading
