/* The demonstration page: shows what OutboxClient reports, and nothing else. */

import { OutboxClient } from "./outbox-client.js";

const LONGEST_FEED = 500;
const element = (id) => document.getElementById(id);

let client = null;

const TEXTS = {
    connecting: () => "connecting",
    resuming: () => "resuming from the cursor",
    live: ({ role }) => (role === "follower" ? "live, by another tab" : "live"),
    offline: ({ reason, retryIn }) =>
        `offline${reason ? `: ${reason}` : ""}${retryIn === undefined ? "" : `, next try in ${(retryIn / 1000).toFixed(1)} s`}`,
    closed: ({ reason }) => `closed${reason ? `: ${reason}` : ""}`,
};

// Feed

function row(...children) {
    const item = document.createElement("li");
    item.append(...children);
    const feed = element("feed");
    feed.prepend(item);
    while (feed.children.length > LONGEST_FEED) feed.lastChild.remove();
    element("empty").hidden = true;
    return item;
}

function text(tag, content, className = "") {
    const made = document.createElement(tag);
    made.textContent = content;
    if (className) made.className = className;
    return made;
}

function note(content, kind = "") {
    row(text("div", `${new Date().toLocaleTimeString()}  ${content}`, `note ${kind}`));
}

function showEvent({ cursor, channels, event }) {
    const head = document.createElement("div");
    head.className = "head";
    const time = text("time", new Date().toLocaleTimeString());
    const subject = [event.aggregate_type, event.aggregate_id].filter((part) => part !== undefined).join(" ");
    head.append(time, text("strong", event.event_type ?? "event"), text("span", subject));
    head.append(text("span", (channels ?? []).join(", "), "where"));
    const details = document.createElement("details");
    details.append(text("summary", event.payload?.message ?? "contents", "where"));
    details.addEventListener("toggle", () => {
        if (details.children.length === 1) details.append(text("pre", JSON.stringify(event, null, 2)));
    });
    head.append(details);
    const item = row(head);
    item.dataset.id = event.event_id ?? cursor;
}

// State

function showCounts() {
    for (const name of ["events", "reconnects", "resets", "duplicates"]) element(`count-${name}`).textContent = client.counts[name];
    element("cursor").textContent = client.cursor ?? "none yet";
}

function showState(detail) {
    const { state, role, transport } = detail;
    element("state").dataset.state = state;
    element("state-text").textContent = TEXTS[state](detail);
    element("transport").textContent = transport ?? "none";
    element("role").textContent = { leader: "leads", follower: "follows another tab", alone: "alone" }[role];
    element("role").dataset.role = role;
    element("cut").disabled = state === "offline" || state === "closed";
    element("resume").disabled = !element("cut").disabled;
    showCounts();
}

function connect() {
    client?.close();
    const token = element("token").value.trim();
    client = new OutboxClient({
        transports: element("transports").value.split(","),
        share: element("share").checked,
        token: token || null,
        onReset: async ({ reason }) => {
            // A page with state of its own loads it anew here; this one has only the list.
            note(`Reset: ${reason}. Events before this line may be missing; a page loads its state again now.`, "bad");
        },
    });
    let wasLive = false;
    client.addEventListener("state", ({ detail }) => {
        if (detail.state === "live" && detail.before === "resuming") {
            if (detail.recovered !== false) note("Resumed from the cursor: what was missed meanwhile is above this line", "good");
        }
        if (wasLive && detail.state === "offline") note(`Connection lost: ${detail.reason}`, "bad");
        wasLive = detail.state === "live";
        showState(detail);
    });
    client.addEventListener("event", ({ detail }) => {
        showEvent(detail);
        showCounts();
    });
    client.addEventListener("reset", showCounts);
    client.addEventListener("channels", ({ detail }) => {
        element("channels").textContent = detail.channels.join(", ") || "none";
    });
    client.addEventListener("error", ({ detail }) => {
        note([detail.code, detail.message, detail.channels?.join(", ")].filter(Boolean).join(": "), "bad");
    });
    client.start();
    // For the console of the browser.
    globalThis.outbox = client;
}

// Controls

const names = (id) => element(id).value.split(/[\s,]+/).filter(Boolean);

element("cut").addEventListener("click", () => client.cut());
element("resume").addEventListener("click", () => client.resume());
element("clear").addEventListener("click", () => {
    element("feed").replaceChildren();
    element("empty").hidden = false;
});
element("channel-form").addEventListener("submit", (event) => {
    event.preventDefault();
    client.subscribe(...names("channel"));
});
element("unsubscribe").addEventListener("click", () => client.unsubscribe(...names("channel")));
element("types-form").addEventListener("submit", (event) => {
    event.preventDefault();
    client.filter(...names("types"));
});
for (const id of ["token-form", "transport-form"]) {
    element(id).addEventListener("submit", (event) => {
        event.preventDefault();
        connect();
    });
}

connect();
