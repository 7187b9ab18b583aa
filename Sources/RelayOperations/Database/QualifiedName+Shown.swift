import Configuration
import PostgresClient

extension PostgresClient.QualifiedName {
    /// For people and for pasting into SQL or the setting: quoted only where it has to be.
    var shown: String { Configuration.QualifiedName(schema: schema, name: name).description }
}
