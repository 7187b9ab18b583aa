/// One message of the pgoutput plugin, protocol version 1.
///
/// The streaming and two-phase kinds come only when they were asked for; they are decoded so that a server that sends
/// them all the same is understood and can be refused by name.
public enum PgOutputMessage: Sendable {
    case begin(Begin)
    case commit(Commit)
    case origin(Origin)
    case relation(Relation)
    case type(TypeMessage)
    case insert(Insert)
    case update(Update)
    case delete(Delete)
    case truncate(Truncate)
    case message(LogicalMessage)
    case streamStart(StreamStart)
    case streamStop(StreamStop)
    case streamCommit(StreamCommit)
    case streamAbort(StreamAbort)
    case beginPrepare(BeginPrepare)
    case prepare(Prepare)
    case commitPrepared(CommitPrepared)
    case rollbackPrepared(RollbackPrepared)
    case streamPrepare(Prepare)
}
