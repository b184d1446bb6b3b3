import type { Arguments, Interface, Member } from "./interface.ts";

/** What stands at a path: its interfaces and the names of the paths right below it. */
export interface NodeDescription {
  readonly path: string;
  readonly interfaces: readonly Interface[];
  readonly children: readonly string[];
}

/** The answer to Introspect, byte for byte as certmonger writes it. */
export function introspectionXml({ path, interfaces, children }: NodeDescription): string {
  return [
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"',
    '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">',
    "",
    `<node name="${path}">`,
    ...interfaces.flatMap(({ name, members }) => [
      ` <interface name="${name}">`,
      ...members.flatMap(memberLines),
      " </interface>",
    ]),
    ...children.map((name) => ` <node name="${name}"/>`),
    "</node>",
  ].join("\n");
}

function memberLines(member: Member): string[] {
  switch (member.kind) {
    case "method":
      return [
        `  <method name="${member.name}">`,
        ...argumentLines(member.takes, ' direction="in"'),
        ...argumentLines(member.gives, ' direction="out"'),
        "  </method>",
      ];
    case "signal":
      return [`  <signal name="${member.name}">`, ...argumentLines(member.carries, ""), "  </signal>"];
    case "property": {
      const tag = `  <property name="${member.name}" type="${member.type}" access="${member.access}"`;
      if (!member.announced) return [`${tag}/>`];
      const annotation =
        '   <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="true"/>';
      return [`${tag}>`, annotation, "  </property>"];
    }
  }
}

function argumentLines(args: Arguments, direction: string): string[] {
  return Object.entries(args).map(([name, type]) => `   <arg name="${name}" type="${type}"${direction}/>`);
}
