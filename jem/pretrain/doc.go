// Package pretrain is the lecture's first stage: it trains a backbone on images, for any objective, in one loop.
//
// A step is one compiled program: it gathers the batch on the device, distorts it, runs both branches, and updates the
// weights, the momentum backbone and the memory bank. The host sends the indices of the images and the six numbers of the
// learning rate's schedule, so that the program is the same for a run of any length, and reads the loss. All state lives in a
// run directory (package run), from which the same command goes on bit for bit.
package pretrain
