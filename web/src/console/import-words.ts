import { birthDay } from "./format";
import { fieldValue } from "./import-row";
import { codeWords } from "./labels";
import { type Key, words } from "./words";

/** Codes of ours by the field they stand in. */
const FAMILIES: Record<string, string> = {
  hazards: "hazard",
  kind: "site",
  help_needed: "help",
  reasons: "category",
  special_care_reasons: "help",
  certificate: "victim.certificate",
  dwelling_damage: "victim.grade",
  whereabouts: "victim.where",
  consent: "consent.status",
  sex: "sex",
  status: "person",
  district_basis: "basis",
};

/** A value of an imported row in words: codes, ids and days as people say them. */
export function valueWords(
  field: string,
  value: unknown,
  districts: Record<string, string> = {},
): string {
  if (value === true || value === false) return words.text(value ? "value.yes" : "value.no");
  if (Array.isArray(value)) {
    return value
      .map((one) => valueWords(field, one, districts))
      .filter(Boolean)
      .join(words.text("list.comma"));
  }
  if (typeof value === "object" && value !== null) return thing(field, value);
  if (typeof value !== "string") return fieldValue(value);
  if (field === "birth_on") return birthDay(value);
  if (field === "district_id") return districts[value] ?? value;
  const family = FAMILIES[field];
  return family ? words.text(`${family}.${value}` as Key) || value : value;
}

/** A telephone, a household, somebody who stands by. */
function thing(field: string, value: object): string {
  const of = value as Record<string, unknown>;
  if (field === "household") return [of.label, of.relationship].map(fieldValue).join(" ").trim();
  if (field === "contacts") return words.text("value.contact", { n: fieldValue(of.rank) });
  if (field === "phones") return fieldValue(of.value);
  return fieldValue(value);
}

/** A field in words where the list has no heading for it. */
export function fieldWords(field: string): string {
  return codeWords("field", field);
}
