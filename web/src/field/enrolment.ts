import type { Db } from "../offline/db";
import { becomeDevice, type Device } from "../offline/device";
import { makeDeviceKey } from "../offline/seal";
import { app, storage } from "./app";
import { rememberHere } from "./enrolled";

export type EnrolAnswer = { ok: true } | { ok: false; detail: string | null };

/** Redeems an invite. The key is made once and kept for a second try, should the answer be lost on the way. */
export async function enrol(secret: { token: string } | { code: string }): Promise<EnrolAnswer> {
  try {
    const db = storage();
    const key = await pendingKey(db);
    const response = await fetch("/api/v1/field/redeem", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...secret, public_key: key.publicKey, label: phoneLabel() }),
    });
    const answer = await response.json();
    if (!response.ok) return { ok: false, detail: answer.detail ?? null };
    const device: Device = {
      id: answer.device_id,
      principal: answer.principal,
      volunteer: answer.volunteer ?? null,
      epoch: answer.epoch,
      serverKey: answer.seal_public_key,
      privateKey: key.privateKey,
      districtPhone: "",
      isRevoked: false,
    };
    await becomeDevice(db, device);
    await db.write(["meta"], async (tx) => {
      await tx.remove("meta", "pending_key");
      await tx.remove("meta", "had_pin");
    });
    rememberHere();
    history.replaceState(null, "", "/field/");
    app.set({ phase: "choose_pin", device, isWiped: false });
    return { ok: true };
  } catch {
    return { ok: false, detail: null };
  }
}

async function pendingKey(db: Db): Promise<{ privateKey: CryptoKey; publicKey: string }> {
  type Pair = { privateKey: CryptoKey; publicKey: string };
  const kept = await db.read(["meta"], (tx) => tx.get<Pair>("meta", "pending_key"));
  if (kept) return kept;
  const made = await makeDeviceKey();
  await db.write(["meta"], (tx) => tx.put("meta", made, "pending_key"));
  return made;
}

function phoneLabel(): string {
  const model = /Android [\d.]+; ([^;)]+)/.exec(navigator.userAgent)?.[1];
  return model ?? (/iPhone|iPad/.exec(navigator.userAgent)?.[0] || "browser");
}
