import type { Roots } from "../../../protocol/index.ts";
import { replaceFile } from "../../files/replace-file.ts";
import type { IssuedOutput } from "../../testing/issued-output.ts";
import { certificateToPem } from "../../x509/certificate.ts";
import { type KeyPair, privateKeyToPem } from "../../x509/keys.ts";
import type { EnrollPlan } from "./plan.ts";

/**
 * Writes the files that were asked for, each whole and readable by its owner alone. The key goes first: a key without
 * a certificate is a nuisance, a certificate without its key is lost. A key that came from the file stays as it is.
 *
 * @returns the paths written
 * @throws {FileError} when one can not be written
 */
export async function saveFiles(
  { files, keyPair: givenKeyPair }: EnrollPlan,
  results: { issued: IssuedOutput; keyPair?: KeyPair | undefined; roots?: Roots | undefined },
): Promise<string[]> {
  const { issued, keyPair, roots } = results;
  const written: string[] = [];
  const write = async (path: string | undefined, content: string | undefined): Promise<void> => {
    if (path !== undefined && content !== undefined) {
      await replaceFile(path, content);
      written.push(path);
    }
  };
  const newKeyPair = keyPair === givenKeyPair ? undefined : keyPair;
  await write(files.key, newKeyPair && privateKeyToPem(newKeyPair.privateKey));
  await write(files.certificate, certificateToPem(issued.leaf));
  await write(files.roots, roots && rootsFile(roots));
  return written;
}

/** certmonger's order: roots, other roots, others. */
function rootsFile({ roots, otherRoots, others }: Roots): string {
  return [...roots, ...otherRoots, ...others].map(({ certificate }) => certificate).join("");
}
