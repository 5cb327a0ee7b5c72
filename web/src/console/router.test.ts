import { expect, test } from "vitest";
import { href, match, parse } from "./router";

test("a place survives being written into the address and read back", () => {
  const hash = href("rounds", "a/b", "members", { bucket: "need_help" });
  const place = parse(hash);
  expect(place.path).toEqual(["rounds", "a/b", "members"]);
  expect(place.query.get("bucket")).toBe("need_help");
});

test("a pattern gives its parameters and refuses other places", () => {
  expect(match("rounds/:round/members", ["rounds", "7", "members"])).toEqual({ round: "7" });
  expect(match("rounds/:round/members", ["rounds", "7"])).toBeNull();
  expect(match("", [])).toEqual({});
});
