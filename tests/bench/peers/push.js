"use strict";

// One desk's documents to the server, by PouchDB's own replication with its own settings, until all of them are there.
const fs = require("fs");
const PouchDB = require("pouchdb");

const RETRY_MS = 1000;

function say(what) {
  fs.writeSync(1, what + "\n");
}

async function push(local, url) {
  for (;;) {
    try {
      await local.replicate.to(url).on("change", (change) => change.docs.forEach(() => say("batch")));
      return;
    } catch (error) {
      console.error(String(error.message || error).slice(0, 200));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function main() {
  const [folder, url] = process.argv.slice(2);
  const local = new PouchDB(folder + "/desk.pouch");
  await local.bulkDocs(JSON.parse(fs.readFileSync(folder + "/documents.json")));
  say("ready");
  await push(local, url);
  await local.close();
}

main();
