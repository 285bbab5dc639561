// Package run keeps what a training leaves on disk: the run directory.
//
//	run.json                          what was asked for, on which machine, and how far it came (Manifest)
//	metrics.jsonl                     the measurements, one Event a line
//	checkpoint.safetensors            every variable after some step, with their CRC-32C; no times, so that equal runs have equal bytes
//	checkpoint.previous.safetensors   the checkpoint before, in case the newest is damaged
//
// A file is replaced only by a whole one: it is written under a temporary name, synced and renamed. One process at a time
// may write to a directory (Lock); any number may read.
package run
