// nodemailer's pool: template literals fill in both parts. Run it where node_modules has nodemailer:
// node nodemailer_many.mjs CONTACTS SIGNATORIES PORT CONNECTIONS SENDER SUBJECT; letter.mjs lies beside it.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";
import { text, html } from "./letter.mjs";

const [contacts, names, port, connections, sender, subject] = process.argv.slice(2);
const lines = (path) => readFileSync(path, "utf8").trim().split(/\r?\n/);
const signatories = JSON.parse(readFileSync(names, "utf8"));
const [head, ...rows] = lines(contacts).map((line) => line.split(","));
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true,
  pool: true, maxConnections: Number(connections), maxMessages: Infinity,
});
// Twice as many letters under way as connections keep the pool busy without holding all of them in memory.
let next = 0;
async function feed() {
  while (next < rows.length) {
    const contact = Object.fromEntries(head.map((name, index) => [name, rows[next][index]]));
    next += 1;
    await transport.sendMail({
      from: `Coalition <${sender}>`, to: contact.email, subject,
      text: text(contact, signatories), html: html(contact, signatories),
    });
  }
}
await Promise.all(Array.from({ length: 2 * Number(connections) }, feed));
transport.close();
