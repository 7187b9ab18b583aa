public import PostgresReplication

/// What the startup checks need to know about the server, read in a few queries by `ServerFactsReader`.
public struct ServerFacts: Sendable {
    public struct Role: Equatable, Sendable {
        public var name = ""
        public var isSuperuser = false
        public var canReplicate = false

        public init(name: String = "", isSuperuser: Bool = false, canReplicate: Bool = false) {
            self.name = name
            self.isSuperuser = isSuperuser
            self.canReplicate = canReplicate
        }
    }

    /// A relation as the catalog describes it.
    public struct Table: Equatable, Sendable {
        public struct Column: Equatable, Sendable {
            public var name: String
            /// As format_type prints it: `uuid`, `character varying(255)`.
            public var type: String
            public var typeOID: UInt32
            public var isNotNull: Bool

            public init(name: String, type: String, typeOID: UInt32, isNotNull: Bool) {
                self.name = name
                self.type = type
                self.typeOID = typeOID
                self.isNotNull = isNotNull
            }
        }

        public var isPartitioned = false
        public var isUnlogged = false
        public var isOrdinary = true
        public var columns: [Column] = []
        public var canSelect = true
        public var canInsert = true
        public var canUpdate = true
        public var canDelete = true

        public init() {}

        public func column(_ name: String?) -> Column? { name.flatMap { wanted in columns.first { $0.name == wanted } } }
    }

    public var version = 0
    public var database = ""
    public var role = Role()
    public var isInRecovery = false
    public var isTLS = false
    /// A socket file or an address of this machine.
    public var isLocal = false
    /// GUCs by name, as SHOW prints them; a GUC this version lacks is absent.
    public var settings: [String: String] = [:]
    public var walSendersInUse = 0
    public var slotsInUse = 0
    public var identity: SystemIdentity?
    public var table: Table?
    public var publication: Publication?
    public var slot: ReplicationSlot?
    public var checkpointTable: Table?
    public var checkpoint: Checkpoint?
    /// Whether the role may create tables in the checkpoint table's schema.
    public var canCreateCheckpointTable = false
    public var canCreatePublication = false
    /// sync_state of a walsender whose application_name is ours: `sync` or `quorum` means that commits wait for us.
    public var syncState: String?
    /// Age of the oldest transaction that is open, in seconds: creating a slot waits for it.
    public var oldestTransactionSeconds: Double?

    public init() {}

    public var majorVersion: Int { version / 10_000 }
}
