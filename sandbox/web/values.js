// What is typed and chosen in the input blocks of a view: {block_id: text, or a list of texts}.

/** What a person types or chooses in. */
export const FIELDS = "textarea, input, select";

/** Read the fields of every input block in `root`; null for a menu in which nothing is chosen. */
export function valuesIn(root) {
  const values = {};
  for (const block of root.querySelectorAll(".bk-input[data-block-id]")) {
    const fields = [...block.querySelectorAll(FIELDS)];
    if (fields.length) values[block.dataset.blockId] = valueOf(fields);
  }
  return values;
}

/** The value of one block's fields. */
export function valueOf(fields) {
  const [first] = fields;
  if (first.type === "checkbox") return fields.filter((each) => each.checked).map((each) => each.value);
  if (first.type === "radio") return (fields.find((each) => each.checked) || { value: null }).value;
  if (first.multiple) return [...first.selectedOptions].map((each) => each.value);
  return first.tagName === "SELECT" ? first.value || null : first.value;
}
