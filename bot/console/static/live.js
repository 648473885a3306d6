// One socket a page: it comes back after a drop, says again what it follows, and asks from where it had read.
const RETRY = [250, 500, 1000, 2000, 5000];

let socket = null;
let tries = 0;
let timer = 0;
const runs = new Map();
const listeners = new Set();
const unsent = new Map();
let session = null;

export const onLine = new EventTarget();

/** Hear of every change of a run after the one that `mark` names. */
export function follow(run, mark, changed) {
  const seen = runs.get(run);
  runs.set(run, { mark: seen && seen.mark !== mark ? "" : mark, changed });
  open();
  send({ type: "Watch", run_id: run });
}

/** Hear of everything in a conversation; `after` gives the instant of the last thing that is shown. */
export function followSession(id, after, heard) {
  session = { id, after };
  listeners.add(heard);
  open();
  send({ type: "Follow", session_id: id, after: after() });
}

/** Say something; it is sent again after a drop until the server has it, and counted once by its id. */
export function speak(sessionId, content) {
  const id = crypto.randomUUID();
  const message = { type: "SendMessage", session_id: sessionId, content, event_id: id };
  unsent.set(id, message);
  open();
  send(message);
  return id;
}

function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function open() {
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  clearTimeout(timer);
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  socket = mine;
  mine.addEventListener("open", () => {
    tries = 0;
    onLine.dispatchEvent(new Event("on"));
    if (session) send({ type: "Follow", session_id: session.id, after: session.after() });
    for (const run of runs.keys()) send({ type: "Watch", run_id: run });
    for (const message of unsent.values()) send(message);
  });
  mine.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  mine.addEventListener("close", (event) => {
    if (socket !== mine) return;
    if (event.code === 4401) { location.reload(); return; }
    onLine.dispatchEvent(new Event("off"));
    timer = setTimeout(open, RETRY[Math.min(tries, RETRY.length - 1)]);
    tries += 1;
  });
}

function hear(message) {
  if (message.type === "Taken") unsent.delete(message.event_id);
  if (message.type === "Error" && message.event_id) unsent.delete(message.event_id);
  if (message.type === "Progress") {
    const seen = runs.get(message.run.id);
    if (seen && seen.mark !== message.mark) { seen.mark = message.mark; seen.changed(); }
  }
  for (const heard of listeners) heard(message);
}

window.addEventListener("online", open);
document.addEventListener("visibilitychange", () => { if (!document.hidden && (runs.size || session)) open(); });
