import Configuration
import Testing

struct EnvironmentFileTests {
    @Test(arguments: [
        ("OUTBOX_POSTGRES_PASSWORD=secret", "secret"),
        ("export OUTBOX_POSTGRES_PASSWORD=secret", "secret"),
        ("  export\tOUTBOX_POSTGRES_PASSWORD = secret  ", "secret"),
        ("OUTBOX_POSTGRES_PASSWORD=a b # note", "a b"),
        ("OUTBOX_POSTGRES_PASSWORD=a#b", "a#b"),
        ("OUTBOX_POSTGRES_PASSWORD='a #b\\n$HOME${MODE}' # note", "a #b\\n$HOME${MODE}"),
        ("OUTBOX_POSTGRES_PASSWORD=\"a \\\"#b\\\" \\n\\t\\r\\\\\\q\"", "a \"#b\" \n\t\r\\\\q"),
        ("OUTBOX_POSTGRES_PASSWORD=\"\\${MODE}$\"", "${MODE}$"),
        ("MODE=x\nOUTBOX_POSTGRES_PASSWORD=1${MODE}2${REAL}", "1x2r"),
        ("OUTBOX_POSTGRES_PASSWORD=\"${NONE:-d:-e}${REAL:-x}\"", "d:-er"),
        ("OUTBOX_POSTGRES_PASSWORD=${aggregate_type}", "${aggregate_type}"),
        ("REAL=theirs\nOUTBOX_POSTGRES_PASSWORD=${REAL}${", "r${"),
        ("# note\r\n\r\nOUTBOX_POSTGRES_PASSWORD=crlf\r\n", "crlf"),
        ("OUTBOX_POSTGRES_PASSWORD=1\nOUTBOX_POSTGRES_PASSWORD=2", "2"),
        ("OTHER_TOOL=1\nOUTBOX_POSTGRES_PASSWORD=x", "x"),
    ])
    func `values are read as dotenv reads them`(text: String, value: String) throws {
        #expect(try load(environment: ["REAL": "r"], envFile: text).postgres.password == value)
    }

    @Test(arguments: [
        ("A=1\nnonsense", "env:2: there is no '=': write NAME=value"),
        ("1A=x", "env:1: what stands before the '=' is not a variable name"),
        ("A B=x", "env:1: what stands before the '=' is not a variable name"),
        ("=x", "env:1: what stands before the '=' is not a variable name"),
        ("A='x", "env:1: the closing ' is missing"),
        ("A=\"x\\\"", "env:1: the closing \" is missing"),
        ("A='x'y", "env:1: there is text after the closing '"),
        ("OUTBOX_MODUS=x", "env:1: OUTBOX_MODUS: no setting has this variable; did you mean OUTBOX_MODE?"),
    ])
    func `a broken line is named`(text: String, problem: String) throws {
        #expect(try problems(envFile: text) == [problem])
    }
}
