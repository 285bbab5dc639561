// Package bench measures how fast training is: a step, its parts, a whole pretraining, the accuracy that some minutes give,
// memory and growth, next to the speed of the machine itself and to peers in Python (JAX, PyTorch, lightly), which take
// turns with us in one run.
//
// `jem bench` prints what it returns; docs/performance.md holds the tables and the commands that made them.
package bench
