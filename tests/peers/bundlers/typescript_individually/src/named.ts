export enum Named { first }
