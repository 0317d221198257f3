// Slack and GitHub of npm's `emulate`, each on a port of 127.0.0.1 that the system chose.
//
// stdin: first a line with the seed as JSON, then a line "reset" for each return to that seed.
// stdout: a line of JSON for each line read. When stdin ends, so does this: nothing outlives the tests.

import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");

const seed = JSON.parse((await lines.next()).value);
const start = (service) => createEmulator({ service, port: 0, hostname: "127.0.0.1", seed });
const slack = await start("slack");
const github = await start("github");
const key = github.generatedSecrets.find((secret) => secret.kind === "github.app_private_key");
say({ slack: slack.url, github: github.url, github_app_private_key: key.value });

for await (const line of lines) {
  if (line === "reset") {
    slack.reset();
    github.reset();
    say({ reset: true });
  }
}
process.exit(0);
