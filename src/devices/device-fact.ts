export type FactValue = string | number | boolean;

export interface DeviceFact {
  readonly value: FactValue;
  readonly source: string;
  readonly asOfMs: number;
}
