type Schema = Readonly<Record<string, unknown>>;

/**
 * Where a value does not follow a JSON Schema. Knows what our own schema uses: type, const, enum, required, properties,
 * additionalProperties, items, $ref into $defs. A keyword that it does not know is a problem too.
 */
export function schemaProblems(schema: unknown, value: unknown, path = "$", root = schema): string[] {
  if (!isObject(schema)) return [`${path}: the schema is no object`];
  const reference = schema.$ref;
  if (typeof reference === "string") {
    const definitions = isObject(root) ? root.$defs : undefined;
    const name = reference.replace("#/$defs/", "");
    return schemaProblems(isObject(definitions) ? definitions[name] : undefined, value, path, root);
  }
  const unknown = Object.keys(schema).filter((keyword) => !known.includes(keyword));
  return [
    ...unknown.map((keyword) => `${path}: unknown keyword ${keyword}`),
    ...valueProblems(schema, value, path),
    ...(isObject(value) ? memberProblems(schema, value, path, root) : []),
    ...(Array.isArray(value) && "items" in schema
      ? value.flatMap((item, index) => schemaProblems(schema.items, item, `${path}[${index}]`, root))
      : []),
  ];
}

const known = [
  ...["$schema", "$id", "$defs", "title", "description", "type", "const", "enum"],
  ...["required", "properties", "additionalProperties", "items"],
];

function valueProblems(schema: Schema, value: unknown, path: string): string[] {
  const problems: string[] = [];
  const { type } = schema;
  if (type !== undefined && type !== typeOf(value) && !(type === "number" && typeOf(value) === "integer")) {
    problems.push(`${path}: ${typeOf(value)} is not ${String(type)}`);
  }
  if ("const" in schema && schema.const !== value) problems.push(`${path}: is not ${String(schema.const)}`);
  const choices = schema.enum;
  if (Array.isArray(choices) && !choices.includes(value))
    problems.push(`${path}: is none of ${choices.join(", ")}`);
  return problems;
}

function memberProblems(schema: Schema, value: Schema, path: string, root: unknown): string[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const more = schema.additionalProperties;
  const missing = required
    .filter((name) => !(String(name) in value))
    .map((name) => `${path}: ${name} is missing`);
  const members = Object.entries(value).flatMap(([name, member]) => {
    const own = properties[name];
    if (own !== undefined) return schemaProblems(own, member, `${path}.${name}`, root);
    if (more === false) return [`${path}.${name}: is not known`];
    return isObject(more) ? schemaProblems(more, member, `${path}.${name}`, root) : [];
  });
  return [...missing, ...members];
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return Number.isInteger(value) ? "integer" : typeof value;
}
