interface SourceFile {
  file: string;
  connector: { config: { separator: string; mapping: Record<string, string> } };
}

export function sampleCompany(company: { referenceDate: string; systems: SourceFile[] }): Record<string, string>;
