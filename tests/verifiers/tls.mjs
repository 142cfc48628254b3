// Answers questions about certificates by mutual TLS between two ends of Node's `tls`.
// Reads and writes what cryptography_x509.py does; the clock is the process's own.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const line of lines) console.log(await answer(line.split("\t")));

async function answer([, name, , server, serverKey, serversRoot, client, clientKey, clientsRoot]) {
  const complaints = await shakeHands(
    { ...identity(server, serverKey, clientsRoot), requestCert: true, rejectUnauthorized: true },
    { ...identity(client, clientKey, serversRoot), name },
  );
  return complaints.length ? `refused\t${complaints.join("; ")}` : "accepted";
}

function identity(chain, key, root) {
  return { cert: readFileSync(chain), key: readFileSync(key), ca: readFileSync(root) };
}

async function shakeHands(serving, asking) {
  const complaints = [];
  const server = tls.createServer(serving, (stream) => {
    stream.on("error", () => {});
    stream.once("data", () => stream.end("PONG"));
  });
  server.on("tlsClientError", (error, stream) => {
    complaints.push(`server: ${stream.authorizationError ?? error.code} ${error.message}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const complaint = await ask(server.address().port, asking);
  if (complaint) complaints.push(`client: ${complaint}`);
  server.close();
  await once(server, "close");
  return complaints.map((text) => text.replaceAll(/\s+/g, " "));
}

// `host` is the name that is checked; the connection itself is already there.
function ask(port, { name, ...options }) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    const servername = net.isIP(name) ? "" : name;
    const stream = tls.connect({ ...options, socket, host: name, servername });
    stream.setTimeout(20_000, () => resolve("no reply in time"));
    stream.once("secureConnect", () => stream.write("PING"));
    stream.once("data", (data) => {
      stream.destroy();
      resolve(String(data) === "PONG" ? undefined : "not the reply");
    });
    stream.once("error", (error) => resolve(`${error.code} ${error.message}`));
    stream.once("close", () => resolve("closed without a reply"));
  });
}
