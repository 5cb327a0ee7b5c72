import { describe, expect, it } from "vitest";
import { assign, assignedAtFirst, columnsOf, type Headings, missing } from "./columns";

const seen: Headings = {
  headings: [
    { heading: "対象者", samples: ["豊中花子"], field: null },
    { heading: "現住所", samples: ["元の町"], field: "address" },
    { heading: "すまい", samples: ["試験町1"], field: null },
  ],
  fields: [
    { name: "name", label: "氏名", is_required: true },
    { name: "address", label: "住所", is_required: true },
    { name: "birth", label: "生年月日", is_required: false },
  ],
};

describe("the columns of a list", () => {
  it("begin as recognised, and what is needed and not served is named", () => {
    const assigned = assignedAtFirst(seen);
    expect(assigned).toEqual({ 現住所: "address" });
    expect(missing(seen, assigned)).toEqual(["氏名"]);
  });

  it("serve one field each, and a field has one column", () => {
    const moved = assign(assignedAtFirst(seen), "すまい", "address");
    expect(moved).toEqual({ すまい: "address" });
    expect(assign(moved, "すまい", "")).toEqual({});
  });

  it("say of a recognised column that is not wanted that its field has none", () => {
    expect(columnsOf(seen, { 対象者: "name" })).toEqual({ address: "", name: "対象者" });
  });

  it("follow what was kept where the file has such a column", () => {
    const kept = { name: "対象者", address: "すまい", birth: "うまれた日" };
    expect(assignedAtFirst(seen, kept)).toEqual({ 対象者: "name", すまい: "address" });
    expect(assignedAtFirst(seen, { address: "" })).toEqual({});
  });
});
