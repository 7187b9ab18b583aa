/*
 * The browser's side of outbox-fanout. An ES module without dependencies; copy it, or load it from the server.
 *
 *     import { OutboxClient } from "/outbox-client.js";
 *
 *     const client = new OutboxClient({
 *         url: "https://events.example",             // where outbox-fanout is; default: where this page came from
 *         token: async () => (await fetch("/token")).text(),
 *         channels: ["user:7", "order:42"],          // default: what the server gives this user
 *         types: ["ORDER_COMPLETED"],                // default: every type
 *         cursor,                                    // from firstCursor(), fetched before the page's state; default: now
 *         onReset: async ({ reason }) => { await loadState(); },
 *     });
 *     client.addEventListener("event", (e) => show(e.detail.event));
 *     client.addEventListener("state", (e) => badge(e.detail.state));
 *     client.start();
 *
 * Every event of the channels arrives once and in order, also over reconnects, restarts of the server and changes of the transport.
 * Where the server cannot prove that, `onReset` is called: load the state anew; events wait until its promise is done.
 *
 * Tabs of one origin and user share one connection: one tab leads, the others get its events, and one of them takes over when it
 * closes. When another user logs in, close the client and make a new one.
 *
 * States: connecting, resuming (connecting again, from the last cursor), live, offline (waiting for the next try), closed.
 */

const DEFAULTS = {
    transports: ["websocket", "sse"],
    share: true,
    shareKey: null,
    pingInterval: 25_000,
    connectTimeout: 15_000,
    firstRetry: 2_000,
    longestRetry: 30_000,
    refreshBefore: 30_000,
};

/** How many event ids a tab remembers, to drop what it has already seen. */
const REMEMBERED_IDS = 5_000;
/** How long a tab that catches up by itself goes on after it has met the leader's stream. */
const OVERLAP = 5_000;

/** How often a token is renewed whose end this browser's clock cannot tell. When it ends before, the connection goes on with a new one. */
const WRONG_CLOCK_REFRESH = 60_000;

/** The close codes after which only the page can help. */
const FORBIDDEN = 4003;
const TOKEN_EXPIRED = 4001;
const RESTARTING = 1012;
const SLOW = 4008;
/** After these the server or the client has a problem that a quick retry makes worse. */
const PATIENT_CODES = new Set([1002, 1003, 1007, 1008, 1009, 1013, 4029]);

/** The claim `sub` of a token, as text; empty when there is none. Only to keep users apart: nothing here is verified. */
function userOf(token) {
    try {
        const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
        return String(JSON.parse(atob(payload)).sub ?? "");
    } catch {
        return "";
    }
}

/** A random time up to `most`: clients that lost one server do not come back at one moment. */
function jitter(most) {
    return Math.random() * most;
}

/** Both spellings of a cancelled order are one type, as at the server. */
function typeName(type) {
    return type === "ORDER_CANCELED" ? "ORDER_CANCELLED" : type;
}

function sameList(a, b) {
    return a.length === b.length && a.every((item, index) => item === b[index]);
}

function unique(list) {
    return [...new Set(list)].sort();
}

// MARK: Transports. Each reports to a `Link`: opened(), message(object), traffic(), ended({ code, status, retryAfter, reason }).

class WebSocketTransport {
    static kind = "websocket";
    canSend = true;

    constructor(base, query, token, link) {
        this.link = link;
        const address = new URL("ws", base);
        address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
        address.search = query;
        // The token travels in the list of protocols: not in the address, which proxies log.
        this.socket = new WebSocket(address, token ? ["outbox.v1", `bearer.${token}`] : ["outbox.v1"]);
        this.socket.onopen = () => link.traffic();
        this.socket.onmessage = ({ data }) => {
            link.traffic();
            let message;
            try {
                message = JSON.parse(data);
            } catch {
                return;
            }
            link.message(message);
        };
        this.socket.onclose = ({ code, reason }) => this.end({ code, reason });
    }

    send(message) {
        if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
    }

    end(why) {
        if (!this.link) return;
        const link = this.link;
        this.link = null;
        link.ended(why);
    }

    /** Ends it without a report. */
    close() {
        this.link = null;
        this.socket.onmessage = null;
        this.socket.close(1000);
    }
}

/** Reads text/event-stream with fetch and not with EventSource, which hides the HTTP status and the server's heartbeats. */
class SseTransport {
    static kind = "sse";
    canSend = false;

    constructor(base, query, token, link) {
        this.link = link;
        this.abort = new AbortController();
        /** Why the server will end the stream; a stream's end itself cannot say. */
        this.code = 1006;
        const address = new URL("sse", base);
        address.search = query;
        const headers = { Accept: "text/event-stream" };
        // A page of another origin would need a preflight for this header.
        if (token && address.origin === globalThis.location?.origin) headers.Authorization = `Bearer ${token}`;
        else if (token) address.searchParams.set("access_token", token);
        this.read(address, headers).catch(() => this.end({ code: 1006, reason: "the connection broke" }));
    }

    async read(address, headers) {
        const response = await fetch(address, { headers, signal: this.abort.signal, cache: "no-store" });
        if (!response.ok || !response.body) {
            const after = Number(response.headers.get("Retry-After"));
            this.abort.abort();
            this.end({ status: response.status, retryAfter: after > 0 ? after * 1000 : 0, reason: `HTTP ${response.status}` });
            return;
        }
        this.link?.traffic();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (;;) {
            const { done, value } = await reader.read();
            if (done || !this.link) break;
            this.link.traffic();
            text += value;
            const blocks = text.split("\n\n");
            text = blocks.pop();
            for (const block of blocks) this.block(block);
        }
        this.end({ code: this.code, reason: "the stream ended" });
    }

    /** One message of the stream, told to the link in the words of the WebSocket protocol. */
    block(block) {
        const fields = { event: "message", data: [] };
        for (const line of block.split("\n")) {
            const colon = line.indexOf(":");
            if (colon === 0) continue;
            const name = colon < 0 ? line : line.slice(0, colon);
            const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
            if (name === "data") fields.data.push(value);
            else fields[name] = value;
        }
        if (fields.retry) this.link?.suggestRetry(Number(fields.retry));
        if (fields.data.length === 0) {
            if (fields.id) this.link?.message({ type: "cursor", cursor: fields.id });
            return;
        }
        let data;
        try {
            data = JSON.parse(fields.data.join("\n"));
        } catch {
            return;
        }
        switch (fields.event) {
            case "message": this.link?.message({ type: "event", cursor: fields.id, event: data }); break;
            case "connected": this.link?.message({ ...data, type: "welcome" }); break;
            case "reset": this.link?.message({ ...data, type: "reset", cursor: data.cursor ?? fields.id }); break;
            case "reconnect": this.code = data.code ?? this.code; // Falls through: the rest is the link's.
            default: this.link?.message({ ...data, type: fields.event });
        }
    }

    send() {}

    end(why) {
        if (!this.link) return;
        const link = this.link;
        this.link = null;
        link.ended(why);
    }

    close() {
        this.link = null;
        this.abort.abort();
    }
}

const TRANSPORTS = { websocket: WebSocketTransport, sse: SseTransport };

// MARK: Link: one connection that comes back by itself.

/**
 * Keeps one connection to the server, with retries, heartbeat, token and cursor. Reports to `owner`:
 * linkState(state, detail), linkEvent(message), linkReset(message), linkChannels(channels), linkError(error).
 */
class Link {
    constructor(options, owner) {
        this.options = options;
        this.owner = owner;
        this.cursor = null;
        this.wanted = { channels: null, types: [] };
        /** Channels that the server did not give: asked for at a connect they could cost all the others. */
        this.refused = new Set();
        this.requests = 0;
        this.pending = new Map();
        this.state = "closed";
        this.transport = null;
        this.failures = 0;
        this.attempts = 0;
        this.wasLive = false;
        this.suggestedRetry = 0;
        this.instructedRetry = null;
        this.token = null;
        this.tokenRefused = false;
        this.wakeUp = () => this.lookAround();
    }

    /** `channels` null: what the server gives. */
    open({ cursor, channels, types }) {
        this.cursor = cursor ?? null;
        this.wanted = { channels, types };
        globalThis.addEventListener?.("online", this.wakeUp);
        globalThis.document?.addEventListener("visibilitychange", this.wakeUp);
        this.connect();
    }

    /** What is wanted has changed. */
    change(channels, types) {
        channels = this.allowed(channels);
        const before = this.wanted;
        this.wanted = { channels, types };
        if (this.state !== "live" || !channels) return;
        const asked = unique(this.asked ?? this.channels);
        const sameTypes = sameList(before.types, types);
        if (sameTypes && sameList(asked, channels)) return;
        this.asked = channels;
        if (!this.transport.canSend || !sameTypes) {
            this.connect();
            return;
        }
        const more = channels.filter((name) => !asked.includes(name));
        const less = asked.filter((name) => !channels.includes(name));
        if (more.length > 0) this.askFor(more);
        if (less.length > 0) this.send({ type: "unsubscribe", channels: less });
    }

    allowed(channels) {
        return channels?.filter((name) => !this.refused.has(name)) ?? null;
    }

    /** Names that were asked for and are not among what the server says that we have. */
    noteRefusals(names) {
        for (const name of names) if (!this.channels.includes(name)) this.refused.add(name);
        this.asked = this.allowed(this.asked);
        this.wanted.channels = this.allowed(this.wanted.channels);
    }

    /** Cuts the connection and stays away until `retryNow`. */
    cut() {
        this.drop();
        this.setState("offline", { reason: "cut off" });
    }

    retryNow() {
        if (this.state === "offline" || this.state === "closed") this.connect();
    }

    /** Gives up, until `retryNow`. */
    fail(reason, error) {
        this.drop();
        this.setState("closed", { reason });
        this.owner.linkError(error);
    }

    /** Ends it without a report. */
    dispose() {
        globalThis.removeEventListener?.("online", this.wakeUp);
        globalThis.document?.removeEventListener("visibilitychange", this.wakeUp);
        this.drop();
    }

    // Connecting

    async connect() {
        this.drop();
        const attempt = (this.attempts += 1);
        this.setState(this.wasLive ? "resuming" : "connecting", {});
        let token = null;
        try {
            token = await this.currentToken();
        } catch (error) {
            if (attempt !== this.attempts) return;
            this.owner.linkError({ code: "token", message: String(error?.message ?? error) });
            this.retry("the token callback failed");
            return;
        }
        if (attempt !== this.attempts) return;
        const query = new URLSearchParams();
        if (this.wanted.channels) query.set("channels", this.wanted.channels.join(","));
        if (this.wanted.types.length > 0) query.set("types", this.wanted.types.join(","));
        if (this.cursor) query.set("cursor", this.cursor);
        this.asked = this.wanted.channels;
        this.pending.clear();
        this.lastTraffic = Date.now();
        this.heartbeat = setInterval(() => this.beat(), Math.min(this.options.pingInterval / 2, 5_000));
        const Transport = TRANSPORTS[this.nextTransport()];
        try {
            this.transport = new Transport(this.options.url, query.toString(), token, this);
        } catch (error) {
            this.ended({ code: 1006, reason: String(error?.message ?? error) });
        }
    }

    /** The first transport twice, then all in turn until one of them gets through. */
    nextTransport() {
        const kinds = this.options.transports;
        return kinds[Math.max(0, this.failures - 1) % kinds.length];
    }

    drop() {
        this.attempts += 1;
        clearTimeout(this.retryTimer);
        clearTimeout(this.tokenTimer);
        clearInterval(this.heartbeat);
        this.retryTimer = null;
        this.transport?.close();
        this.transport = null;
    }

    retry(reason, { least = 0, most = null } = {}) {
        this.drop();
        const { firstRetry, longestRetry } = this.options;
        const span = most ?? Math.min(longestRetry, Math.max(this.suggestedRetry, firstRetry) * 2 ** Math.max(0, this.failures - 1));
        const delay = least + jitter(span);
        this.setState("offline", { reason, retryIn: Math.round(delay) });
        this.retryTimer = setTimeout(() => this.connect(), delay);
    }

    suggestRetry(milliseconds) {
        if (milliseconds >= 0) this.suggestedRetry = Math.min(milliseconds, this.options.longestRetry);
    }

    // What the transport reports

    traffic() {
        this.lastTraffic = Date.now();
    }

    ended({ code = 1006, status = 0, retryAfter = 0, reason = "" }) {
        const instructed = this.instructedRetry;
        this.instructedRetry = null;
        const wasLive = this.state === "live";
        this.failures = wasLive ? 1 : this.failures + 1;
        // A WebSocket that is refused is not told why: it may have been the token.
        if (code === 1006 && status === 0 && this.failures > 1 && typeof this.options.token === "function") this.token = null;
        const why = reason || `code ${code}`;
        if (code === FORBIDDEN || status === 403 || status === 400) {
            this.fail(why, { code: "refused", message: why });
        } else if (code === TOKEN_EXPIRED || status === 401) {
            this.token = null;
            if (typeof this.options.token !== "function") {
                this.fail("the token is refused or has expired", { code: "token", message: why });
                return;
            }
            // A fresh token refused as well: the callback's server needs time, or the user is logged out.
            this.retry(why, this.tokenRefused ? {} : { most: 500 });
            this.tokenRefused = true;
        } else if (instructed) {
            this.retry(why, { least: instructed.after, most: instructed.jitter });
        } else if (retryAfter > 0) {
            this.retry(why, { least: retryAfter });
        } else if (code === RESTARTING || code === SLOW) {
            this.retry(why, { most: this.options.firstRetry });
        } else {
            if (PATIENT_CODES.has(code)) this.failures = Math.max(this.failures, 3);
            this.retry(why);
        }
    }

    message(message) {
        switch (message.type) {
            case "welcome": this.welcome(message); break;
            case "event":
                if (message.cursor) this.cursor = message.cursor;
                if (this.wanted.channels?.length !== 0) this.owner.linkEvent(message);
                break;
            case "reset": this.reset(message); break;
            case "subscribed":
            case "unsubscribed":
                this.channels = message.channels ?? this.channels;
                this.noteRefusals(this.pending.get(String(message.id)) ?? []);
                this.pending.delete(String(message.id));
                this.moveTo(message.cursor);
                this.owner.linkChannels(this.channels);
                break;
            case "reconnect":
                this.instructedRetry = { after: message.after_ms ?? 0, jitter: message.jitter_ms ?? this.options.firstRetry };
                break;
            case "token": this.watchToken(message.expires_at); break;
            case "error": this.fault(message); break;
            case "pong":
            case "resumed":
            case "cursor": this.moveTo(message.cursor); break;
        }
    }

    welcome(message) {
        this.failures = 0;
        this.tokenRefused = false;
        this.wasLive = true;
        this.channels = message.channels ?? [];
        // A list without a name means to the server what no list means: its own choice.
        if (this.asked?.length === 0 && this.channels.length > 0) {
            this.send({ type: "unsubscribe", channels: this.channels });
            this.channels = [];
        }
        this.noteRefusals(this.asked ?? []);
        // What was not recovered is followed by a reset, which brings the cursor.
        if (message.cursor && !this.cursor) this.cursor = message.cursor;
        this.watchToken(message.expires_at);
        this.setState("live", { connection: message.connection, user: message.user ?? null, recovered: message.recovered ?? null });
        this.owner.linkChannels(this.channels, this.asked === null);
    }

    /** Everything before it, we have: a quiet client's last event would grow too old to resume from. */
    moveTo(cursor) {
        if (!cursor) return;
        this.cursor = cursor;
        this.owner.linkCursor(cursor);
    }

    /** One channel that is not ours lets the server refuse all of one message: then each is asked for alone. */
    fault(message) {
        const names = this.pending.get(String(message.id));
        this.pending.delete(String(message.id));
        if (names?.length > 1) {
            for (const name of names) this.askFor([name]);
            return;
        }
        if (names) this.noteRefusals(names);
        this.owner.linkError({ code: message.code, message: message.message, channels: names });
    }

    askFor(channels) {
        const id = String((this.requests += 1));
        this.pending.set(id, channels);
        this.send({ type: "subscribe", channels, id });
    }

    reset(message) {
        if (message.cursor) this.cursor = message.cursor;
        this.owner.linkReset({ reason: message.reason ?? "", cursor: this.cursor });
    }

    // Token

    async currentToken() {
        const { token } = this.options;
        if (typeof token !== "function") return token ?? null;
        this.token ??= await token();
        return this.token;
    }

    /** Brings a new token before the old one ends: in place where the transport can, else by a reconnect from the cursor. */
    watchToken(expiresAt) {
        clearTimeout(this.tokenTimer);
        if (!expiresAt || typeof this.options.token !== "function") return;
        const left = Date.parse(expiresAt) - Date.now();
        const { refreshBefore } = this.options;
        // The server took a token that has expired by this browser's clock: that one is wrong, and the next token would look the same.
        const wait = left > 0 ? Math.max(left - refreshBefore - jitter(refreshBefore / 3), left / 2) : WRONG_CLOCK_REFRESH;
        if (wait > 2 ** 31 - 1) return;
        this.tokenTimer = setTimeout(() => this.refreshToken(), wait);
    }

    async refreshToken() {
        const attempt = this.attempts;
        this.token = null;
        try {
            await this.currentToken();
        } catch (error) {
            this.owner.linkError({ code: "token", message: String(error?.message ?? error) });
            if (attempt === this.attempts) this.tokenTimer = setTimeout(() => this.refreshToken(), 5_000);
            return;
        }
        if (attempt !== this.attempts || this.state !== "live") return;
        if (this.transport.canSend) this.send({ type: "refresh", token: this.token });
        else this.connect();
    }

    // Heartbeat

    send(message) {
        this.transport?.send(message);
    }

    /** A connection on which nothing comes for two intervals is dead, whatever the system says. */
    beat() {
        const silence = Date.now() - this.lastTraffic;
        if (this.state !== "live") {
            if (silence > this.options.connectTimeout) this.ended({ code: 1006, reason: "no answer" });
        } else if (silence > 2 * this.options.pingInterval) {
            this.ended({ code: 1006, reason: "no heartbeat" });
        } else if (silence > this.options.pingInterval * 0.9) {
            this.send({ type: "ping" });
        }
    }

    /** The network is back, or the page is looked at again: timers may have slept. */
    lookAround() {
        if (this.state === "live") this.beat();
        else if (this.state === "offline" && this.retryTimer && globalThis.document?.visibilityState !== "hidden") {
            clearTimeout(this.retryTimer);
            this.retryTimer = setTimeout(() => this.connect(), jitter(500));
        }
    }

    setState(state, detail) {
        const before = this.state;
        this.state = state;
        this.owner.linkState(state, { ...detail, before });
    }
}

// MARK: Client

/**
 * Events it dispatches, each with its facts in `detail`:
 *   event       {cursor, channels, event}   `event` is the relay's envelope; `channels` is undefined by SSE
 *   state       {state, before, transport, role, reason, retryIn, recovered, ...}
 *   reset       {reason, cursor}            also calls `onReset`
 *   channels    {channels}                  what this browser is subscribed to
 *   error       {code, message, channels}   `channels`: those that the server did not give
 */
export class OutboxClient extends EventTarget {
    constructor(options = {}) {
        super();
        this.options = { ...DEFAULTS, ...options };
        const base = new URL(options.url ?? ".", globalThis.location?.href);
        if (!base.pathname.endsWith("/")) base.pathname += "/";
        this.options.url = base.href;
        this.tab = globalThis.crypto?.randomUUID?.() ?? String(Math.random()).slice(2);
        this.wants = {
            base: options.channels?.length > 0 ? unique(options.channels) : null,
            extra: [], without: [],
            types: unique((options.types ?? []).map(typeName)),
        };
        /** Where this tab is; it takes over from here. */
        this.cursor = options.cursor ?? null;
        this.wasLive = false;
        this.state = "closed";
        /** leader, follower, or alone (no sharing: one connection of its own). */
        this.role = "alone";
        this.transport = null;
        this.channels = [];
        this.counts = { events: 0, duplicates: 0, resets: 0, reconnects: 0 };
        this.seen = new Set();
        this.queue = [];
        this.pageHidden = () => this.stop("the page is hidden");
        this.pageShown = ({ persisted }) => { if (persisted) this.start(); };
    }

    /** The server's position now: fetch it, then load the page's state, then begin from it, and nothing in between is missed. */
    static async firstCursor({ url, token } = {}) {
        const base = new URL(url ?? ".", globalThis.location?.href);
        const address = new URL("api/realtime/cursor", base.href.endsWith("/") ? base : `${base.href}/`);
        const text = typeof token === "function" ? await token() : token;
        if (text && address.origin !== globalThis.location?.origin) address.searchParams.set("access_token", text);
        const headers = text && address.origin === globalThis.location?.origin ? { Authorization: `Bearer ${text}` } : {};
        const response = await fetch(address, { headers, cache: "no-store" });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        return (await response.json()).cursor;
    }

    start() {
        if (this.running) return;
        this.running = true;
        globalThis.addEventListener?.("pagehide", this.pageHidden);
        globalThis.addEventListener?.("pageshow", this.pageShown);
        // Locks exist only on https and on localhost.
        const canShare = this.options.share && globalThis.BroadcastChannel && globalThis.navigator?.locks;
        if (canShare) this.startSharing();
        else this.openLink();
    }

    /** Tabs of different users of one browser never share. */
    async startSharing() {
        let { shareKey, token } = this.options;
        const start = (this.starting = {});
        try {
            if (shareKey === null) {
                if (typeof token === "function") {
                    token = await token();
                    this.firstToken = { token, at: Date.now() };
                }
                shareKey = userOf(token ?? "");
            }
        } catch {
            // The connection asks again, with pauses, and reports why it cannot.
            shareKey = undefined;
        }
        if (!this.running || this.starting !== start) return;
        if (shareKey === undefined) this.openLink();
        else this.join(`outbox:${this.options.url}:${shareKey}`);
    }

    /** Ends for good; `start` begins again from the last cursor. */
    close() {
        globalThis.removeEventListener?.("pageshow", this.pageShown);
        this.stop("closed");
    }

    stop(reason) {
        if (!this.running) return;
        this.running = false;
        globalThis.removeEventListener?.("pagehide", this.pageHidden);
        this.link?.dispose();
        this.link = null;
        this.leave();
        this.setState("closed", { reason, transport: null });
    }

    /** More channels, from now on. */
    subscribe(...names) {
        this.wants.extra = unique([...this.wants.extra, ...names]);
        this.wants.without = this.wants.without.filter((name) => !names.includes(name));
        for (const name of names) this.link?.refused.delete(name);
        this.wantsChanged();
    }

    unsubscribe(...names) {
        this.wants.extra = this.wants.extra.filter((name) => !names.includes(name));
        this.wants.without = unique([...this.wants.without, ...names]);
        this.wantsChanged();
    }

    /** Only events of these types; none named: all. */
    filter(...types) {
        this.wants.types = unique(types.map(typeName));
        this.wantsChanged();
    }

    /** Cuts this browser's connection, as a lost network would; `resume` goes on from the cursor. */
    cut() {
        this.command("cut");
    }

    resume() {
        this.command("resume");
    }

    command(name) {
        if (this.role === "follower" && !this.link) this.post({ kind: "command", name });
        else if (name === "cut") this.link?.cut();
        else this.link?.retryNow();
    }

    // MARK: The own connection, of a leader, of a tab alone, or of one that catches up

    openLink() {
        this.link = new Link(this.options, this);
        this.link.wasLive = this.wasLive;
        if (this.firstToken && Date.now() - this.firstToken.at < 10_000) this.link.token = this.firstToken.token;
        this.firstToken = null;
        const { channels, types } = this.union();
        this.link.open({ cursor: this.cursor, channels, types });
    }

    linkState(state, detail) {
        if (state === "live") {
            if (detail.before === "resuming") this.counts.reconnects += 1;
            this.wasLive = true;
        }
        this.setState(state, { ...detail, transport: this.link?.transport?.constructor.kind ?? null });
        this.tellStatus();
    }

    linkEvent({ cursor, channels, event }) {
        const detail = { cursor, channels, event };
        if (this.role === "leader") this.post({ kind: "event", term: this.term, number: (this.number += 1), detail });
        this.take(detail, this.role === "leader");
        if (this.catchingUp) this.metLeader(event);
    }

    linkCursor(cursor) {
        this.cursor = cursor;
    }

    linkReset(detail) {
        if (this.role === "leader") this.post({ kind: "reset", term: this.term, number: (this.number += 1), detail });
        this.takeReset(detail);
    }

    linkChannels(channels, areDefaults = false) {
        if (areDefaults) this.defaults = channels;
        this.channels = channels;
        this.emit("channels", { channels });
        if (areDefaults) this.wantsChanged();
        this.tellStatus();
    }

    linkError(error) {
        this.emit("error", error);
        if (this.role === "leader") this.post({ kind: "error", detail: error });
    }

    // MARK: What is wanted, by this tab and by all that share the connection

    wantsChanged() {
        if (this.role === "follower") this.announce();
        if (!this.link) return;
        const { channels, types } = this.union();
        this.link.change(channels, types);
    }

    /** A tab's channels; null while the server's own choice is not known. */
    channelsOf(wants) {
        const base = wants.base ?? this.defaults;
        if (!base) return null;
        return unique([...base, ...wants.extra]).filter((name) => !wants.without.includes(name));
    }

    union() {
        const all = [this.wants, ...(this.others?.values() ?? [])];
        const lists = all.map((wants) => this.channelsOf(wants));
        return {
            channels: lists.includes(null) ? null : unique(lists.flat()),
            types: all.every((wants) => wants.types.length > 0) ? unique(all.flatMap((wants) => wants.types)) : [],
        };
    }

    /** Whether this tab asked for it: other tabs may have asked for more. */
    isWanted({ channels, event }) {
        const { types } = this.wants;
        if (types.length > 0 && !types.includes(typeName(event?.event_type))) return false;
        const own = this.channelsOf(this.wants);
        if (!own || !channels || own.includes("all")) return true;
        const all = this.role === "leader" ? this.channels : this.leaderChannels;
        if (all && sameList(unique(all), own)) return true;
        return channels.some((name) => own.includes(name));
    }

    // MARK: Taking events, in order, and not while a reset loads the page's state

    /** `isShared`: the connection serves other tabs as well, so that this one may not have asked for it. */
    take(detail, isShared = true) {
        const id = detail.event?.event_id ?? detail.cursor;
        if (detail.cursor) this.cursor = detail.cursor;
        if (this.seen.has(id)) {
            this.counts.duplicates += 1;
            return;
        }
        this.seen.add(id);
        if (this.seen.size > REMEMBERED_IDS) this.seen.delete(this.seen.values().next().value);
        if (isShared && !this.isWanted(detail)) return;
        this.queue.push(() => {
            this.counts.events += 1;
            this.emit("event", detail);
        });
        this.drain();
    }

    takeReset(detail) {
        if (detail.cursor) this.cursor = detail.cursor;
        this.counts.resets += 1;
        this.queue.push(async () => {
            this.emit("reset", detail);
            try {
                await this.options.onReset?.(detail);
            } catch (error) {
                this.emit("error", { code: "reset", message: String(error?.message ?? error) });
            }
        });
        this.drain();
    }

    async drain() {
        if (this.draining) return;
        this.draining = true;
        while (this.queue.length > 0) {
            const result = this.queue.shift()();
            if (result) await result;
        }
        this.draining = false;
    }

    setState(state, detail = {}) {
        this.state = state;
        if ("transport" in detail) this.transport = detail.transport;
        this.emit("state", { ...detail, state, transport: this.transport, role: this.role });
    }

    emit(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    // MARK: One connection for all tabs

    join(name) {
        this.role = "follower";
        this.others = new Map();
        this.term = null;
        this.number = 0;
        this.heard = Date.now();
        this.bus = new BroadcastChannel(name);
        this.bus.onmessage = ({ data }) => this.hear(data);
        this.setState("connecting", { transport: null });
        this.requestLead(name, false);
        this.announce();
        // A page that knows its cursor must not miss what came since; the leader cannot tell, so the server is asked.
        if (this.cursor) {
            this.catchingUp = { heard: [], ids: new Set(), own: new Set() };
            // If this tab is the only one, it will lead by then.
            this.catchUpTimer = setTimeout(() => this.openLink(), 50);
        }
        this.watch = setInterval(() => this.watchLeader(name), 5_000);
    }

    leave() {
        clearTimeout(this.catchUpTimer);
        clearTimeout(this.overlapTimer);
        this.overlapTimer = null;
        clearInterval(this.watch);
        this.catchingUp = null;
        if (!this.bus) return;
        this.post({ kind: "bye", tab: this.tab });
        this.abort?.abort();
        this.release?.();
        this.release = null;
        this.bus.close();
        this.bus = null;
        this.role = "alone";
        this.others = new Map();
    }

    /** Waits for the lock that only one tab holds; `steal` takes it from a tab that no longer answers. */
    requestLead(name, steal) {
        const bus = this.bus;
        const abort = new AbortController();
        this.abort?.abort();
        this.abort = abort;
        const choice = steal ? { steal: true } : { signal: abort.signal };
        navigator.locks
            .request(name, choice, () => {
                if (this.bus !== bus) return undefined;
                return new Promise((release) => {
                    this.release = release;
                    this.lead();
                });
            })
            .catch((error) => {
                // Another tab took the lead while this one slept.
                if (this.abort === abort && this.bus === bus && this.role === "leader" && error?.name === "AbortError") {
                    this.release = null;
                    this.follow();
                    this.requestLead(name, false);
                }
            });
    }

    lead() {
        clearTimeout(this.catchUpTimer);
        this.role = "leader";
        this.term = `${this.tab}:${Date.now()}`;
        this.number = 0;
        this.post({ kind: "who" });
        this.catchingUp = null;
        clearTimeout(this.overlapTimer);
        this.overlapTimer = null;
        if (this.link) {
            this.setState(this.state);
            this.tellStatus();
        } else {
            this.openLink();
        }
    }

    follow() {
        this.role = "follower";
        this.link?.dispose();
        this.link = null;
        this.others = new Map();
        this.term = null;
        this.announce();
    }

    announce() {
        this.asked = Date.now();
        this.post({ kind: "here", tab: this.tab, wants: this.wants });
    }

    /** A leader that does not answer a tab that is looked at is asleep (phones freeze tabs): it is replaced. */
    watchLeader(name) {
        if (this.role === "leader") {
            this.tellStatus();
            return;
        }
        if (globalThis.document?.visibilityState === "hidden") {
            this.asked = 0;
            return;
        }
        const silence = Date.now() - this.heard;
        if (silence > 20_000 && this.asked > this.heard && Date.now() - this.asked > 4_000) this.requestLead(name, true);
        else if (silence > 12_000) this.announce();
    }

    post(message) {
        try {
            this.bus?.postMessage(message);
        } catch (error) {
            this.emit("error", { code: "share", message: String(error?.message ?? error) });
        }
    }

    tellStatus() {
        if (this.role !== "leader") return;
        this.post({
            kind: "status", term: this.term, number: this.number, state: this.state, transport: this.transport,
            cursor: this.link?.cursor ?? this.cursor, channels: this.channels, defaults: this.defaults,
        });
    }

    hear(message) {
        if (this.role === "leader") this.hearAsLeader(message);
        else this.hearAsFollower(message);
    }

    hearAsLeader(message) {
        switch (message.kind) {
            case "here":
                this.others.set(message.tab, message.wants);
                this.wantsChanged();
                this.tellStatus();
                break;
            case "bye":
                this.others.delete(message.tab);
                this.wantsChanged();
                break;
            case "command": this.command(message.name); break;
            // What the leader before sent last may arrive when this tab leads already.
            case "event": {
                const { cursor } = this;
                this.take(message.detail);
                this.cursor = cursor;
                break;
            }
        }
    }

    hearAsFollower(message) {
        switch (message.kind) {
            case "who": this.announce(); break;
            case "status":
                this.heard = Date.now();
                this.defaults = message.defaults ?? this.defaults;
                this.leaderChannels = message.channels;
                if (!this.catchingUp && !sameList(this.channels, message.channels)) {
                    this.channels = message.channels;
                    this.emit("channels", { channels: this.channels });
                }
                this.meetTerm(message.term, message.number);
                if (message.number > this.number) this.missed();
                this.number = message.number;
                if (this.catchingUp) break;
                if (message.cursor) this.cursor = message.cursor;
                if (this.state !== message.state || this.transport !== message.transport) {
                    this.setState(message.state, { transport: message.transport });
                }
                break;
            case "event":
            case "reset":
                this.heard = Date.now();
                this.meetTerm(message.term, message.number - 1);
                if (message.number <= this.number) break;
                if (message.number !== this.number + 1) this.missed();
                this.number = message.number;
                if (this.catchingUp) this.hearWhileCatchingUp(message);
                else if (message.kind === "event") this.take(message.detail);
                else this.takeReset(message.detail);
                break;
            case "error": this.emit("error", message.detail); break;
        }
    }

    /** A new leader counts its messages from 1. */
    meetTerm(term, number) {
        if (this.term === term) return;
        this.term = term;
        this.number = number;
    }

    missed() {
        if (this.catchingUp) return;
        this.takeReset({ reason: "messages between tabs were lost", cursor: this.cursor });
    }

    // MARK: Catching up: a tab with a cursor of its own reads on from there until its stream has met the leader's

    hearWhileCatchingUp(message) {
        const state = this.catchingUp;
        if (message.kind !== "event") return;
        state.heard.push(message.detail);
        // Its own stream is as far as the leader's: what is old has come that way.
        if (state.heard.length > REMEMBERED_IDS) state.heard.shift();
        const id = message.detail.event?.event_id;
        state.ids.add(id);
        if (state.own.has(id)) this.endCatchingUp();
    }

    metLeader(event) {
        const state = this.catchingUp;
        state.own.add(event?.event_id);
        if (state.ids.has(event?.event_id)) this.endCatchingUp();
    }

    /** Both streams go on for a while: another server may order two partitions differently. Ids tell what was seen. */
    endCatchingUp() {
        if (this.overlapTimer) return;
        this.overlapTimer = setTimeout(() => {
            this.overlapTimer = null;
            if (!this.catchingUp) return;
            const { heard } = this.catchingUp;
            this.catchingUp = null;
            this.link?.dispose();
            this.link = null;
            for (const detail of heard) this.take(detail);
            this.announce();
        }, OVERLAP);
    }
}
