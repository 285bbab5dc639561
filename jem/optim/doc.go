// Package optim turns gradients into new weights: SGD with momentum, LARS and AdamW, and the schedule of their rate.
//
// GoMLX's own optimizers have no momentum SGD, no LARS and no exclusions from weight decay, and its cosine schedule
// restarts. Here an Optimizer and a Schedule are plain data that a run stores; Optimizer.Update writes one step into the
// graph of a training program, and Optimizer.Step is the arithmetic of one tensor, which the golden files check.
//
// # State
//
// What an optimizer remembers are variables of the store, none of them trainable:
//
//	/optimizer/<slot>/<path of the weight>   shaped like the weight; slots: "momentum" (sgd, lars), "m" and "v" (adamw)
//	/optimizer/updates                       int32 scalar, the updates made (adamw)
//
// A store holds the state of one optimizer.
package optim
