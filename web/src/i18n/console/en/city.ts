import type ja from "../ja/city";

export default {
  "nav.city": "City settings",
  "city.title": "City settings",
  "city.words":
    "The name and numbers stand on pages, mails, volunteers' phones and printed papers.",
  "city.read_only": "Only the administrator can change them. Ask for what is missing.",
  "city.name": "Name of the city",
  "city.name.hint": "For example 豊中市",
  "city.lg_code": "Municipality code (全国地方公共団体コード)",
  "city.lg_code.hint": "Five digits, or six with the check digit. For example 272035",
  "city.phone": "Telephone to call",
  "city.phone.hint":
    "What volunteers and residents call, with the area code. Without one they are told to contact the city's disaster headquarters.",
  "city.phone.started":
    "Now the number that the service was started with ({phone}) is told. A number here takes its place.",
  "city.districts": "Telephones of districts ({n} with a number of their own)",
  "city.districts.words":
    "Only where a district's headquarters has a number of its own; elsewhere the city's is told.",
  "city.districts.none": "There are no districts yet. They stand here once their map is imported.",
  "city.district.phone": "Telephone of {name}",
  "city.save": "Save the city settings",
  "city.saved": "Saved",
  "city.saved.words":
    "Volunteers' phones learn it at their next contact. Papers that were printed do not change.",
  "city.lacking": "City settings are missing",
  "city.lacking.name": "The city has no name: mails and papers cannot say whose they are.",
  "city.lacking.lg_code":
    "The municipality code is missing: imports cannot tell the city's places.",
  "city.lacking.phone":
    "There is no telephone to call: volunteers' phones, mails and papers name none.",
  "city.lacking.open": "Enter the city settings",
  "city.lacking.see": "See the city settings",
} satisfies Record<keyof typeof ja, string>;
