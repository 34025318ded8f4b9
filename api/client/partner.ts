// A partner's server in TypeScript, as far as the fund is concerned: it starts a pledge,
// is told by a signed webhook that the money came, refunds the gift, and changes and ends
// a monthly one. The client is generated from the OpenAPI description: what does not fit
// the contract does not compile.
//
//   npm ci && npm run build
//   SOLIDARITY_URL=… SOLIDARITY_KEY=sk_test_… SOLIDARITY_PARTNER=partners/pt_… node dist/partner.js
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Pledge = components["schemas"]["Pledge"];
interface Message {
  type: string;
  timestamp: string;
  data: { name: string; state: string; pledge?: string; donation?: string };
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined || value === "") throw new Error(`${what} is missing`);
  return value;
}

const baseUrl = need(process.env["SOLIDARITY_URL"], "SOLIDARITY_URL");
const key = need(process.env["SOLIDARITY_KEY"], "SOLIDARITY_KEY");
const partner = idOf(need(process.env["SOLIDARITY_PARTNER"], "SOLIDARITY_PARTNER"));
const returnUrl = process.env["SOLIDARITY_RETURN_URL"] ?? "http://localhost:3000/";
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

/** idOf is the last part of a resource's name, as paths have it. */
function idOf(name: string): string {
  return need(name.split("/").at(-1), "the id");
}

/** once is a new idempotency key: repeat a call that got no answer with the same one. */
function once() {
  return { header: { "Idempotency-Key": randomUUID() } };
}

/** ok returns the data of an answer, or throws the problem that it is. */
function ok<T>(answer: { data?: T; error?: unknown }, what: string): T {
  if (answer.data === undefined) throw new Error(`${what}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

/** verified checks a message by Standard Webhooks, and returns it. */
function verified(secret: string, headers: IncomingMessage["headers"], body: string): Message {
  const id = String(headers["webhook-id"]);
  const at = String(headers["webhook-timestamp"]);
  if (Math.abs(Date.now() / 1000 - Number(at)) > 300) throw new Error("the message is stale");
  const mac = createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"));
  const want = mac.update(`${id}.${at}.${body}`).digest();
  const good = String(headers["webhook-signature"]).split(" ").some((one) => {
    const got = Buffer.from(one.replace("v1,", ""), "base64");
    return one.startsWith("v1,") && got.length === want.length && timingSafeEqual(got, want);
  });
  if (!good) throw new Error("the message is not signed as it must be");
  return JSON.parse(body) as Message;
}

/** Inbox keeps what was told, each message once. */
class Inbox {
  private readonly got = new Map<string, Message>();
  secret = "";

  serve(): Server {
    return createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        try {
          const message = verified(this.secret, request.headers, body);
          this.got.set(String(request.headers["webhook-id"]), message);
          response.writeHead(204).end();
        } catch {
          response.writeHead(400).end();
        }
      });
    });
  }

  async next(type: string, about: string): Promise<Message> {
    for (let tries = 0; tries < 600; tries++) {
      for (const message of this.got.values()) {
        if (message.type === type && Object.values(message.data).includes(about)) return message;
      }
      await new Promise((wait) => setTimeout(wait, 100));
    }
    throw new Error(`nobody told of ${type} of ${about}`);
  }
}

async function start(recurrence?: Pledge["recurrence"]): Promise<Pledge> {
  return ok(await api.POST("/v1/pledges", {
    params: once(),
    body: {
      amount: { minorUnits: "5000", currencyCode: "EUR" },
      designations: [{ fund: "funds/general" }],
      returnUrl,
      ...(recurrence === undefined ? {} : { recurrence }),
    },
  }), "start a pledge");
}

/** pay is what the donor does on Stripe's page; the sandbox has a page that takes this. */
async function pay(pledge: Pledge): Promise<void> {
  await fetch(need(pledge.checkoutUrl, "the payment page"), {
    method: "POST", body: new URLSearchParams({ card: "4242424242424242" }), redirect: "manual",
  });
}

async function main(): Promise<void> {
  const inbox = new Inbox();
  const server = inbox.serve().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const endpoint = ok(await api.POST("/v1/partners/{partner}/webhookEndpoints", {
    params: { path: { partner }, ...once() }, body: { url },
  }), "make a webhook endpoint");
  inbox.secret = need(endpoint.secret, "the signing secret");

  const pledge = await start();
  const name = need(pledge.name, "the pledge's name");
  await pay(pledge);
  const told = await inbox.next("donation.succeeded", name);
  const donation = idOf(told.data.name);
  const gift = ok(await api.GET("/v1/donations/{donation}", { params: { path: { donation } } }), "read the donation");
  console.log(`${name}: ${gift.state}`);
  const refund = ok(await api.POST("/v1/donations/{donation}:requestRefund", {
    params: { path: { donation }, ...once() }, body: { amount: { minorUnits: "1000", currencyCode: "EUR" } },
  }), "ask for a refund");
  await inbox.next("refund.succeeded", need(refund.name, "the refund's name"));
  console.log(`${need(refund.name, "the refund's name")}: refunded`);

  const monthly = await start("PLEDGE_RECURRENCE_MONTH");
  const monthlyName = need(monthly.name, "the pledge's name");
  await pay(monthly);
  await inbox.next("donation.succeeded", monthlyName);
  const path = { pledge: idOf(monthlyName) };
  const changed = ok(await api.POST("/v1/pledges/{pledge}:change", {
    params: { path, ...once() }, body: { amount: { minorUnits: "7000", currencyCode: "EUR" } },
  }), "change the pledge");
  console.log(`${monthlyName}: ${changed.amount?.minorUnits} a month`);
  const ended = ok(await api.POST("/v1/pledges/{pledge}:cancel", { params: { path, ...once() }, body: {} }), "end the pledge");
  console.log(`${monthlyName}: ${ended.state}`);
  ok(await api.POST("/v1/partners/{partner}/webhookEndpoints/{webhookEndpoint}:disable", {
    params: { path: { partner, webhookEndpoint: idOf(need(endpoint.name, "the endpoint")) }, ...once() }, body: {},
  }), "disable the endpoint");
  server.close();
}

await main();
