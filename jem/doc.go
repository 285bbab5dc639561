// Package jem holds the lecture's joint-embedding methods (JEMs) as rows of removable components.
//
// A Method is one value of one struct. Its fields are the four components that every JEM has (the data augmentation
// that makes the views x and y, the backbone BB, the energy D of a sample, the loss functionals A and B of a batch) and
// the techniques that the methods lean on (weight sharing or a momentum backbone, batch normalisation, feature-wise
// normalisation, output quantisation, stop-gradient, memory bank). Overview prints all methods so. SimCLR returns such a value; take one, change a field, train the variant.
//
// Two images' worth of words: an image gives two views x and y; the backbone turns a view into a representation h, a
// row of H [N, d]; the projector turns h into an embedding z. Two views of one image are a positive pair, views of two
// images a negative pair. Temperature is the code's word, coldness β the lecture's: β = 1/temperature.
//
// Where the lecture and the papers part:
//   - The sums of the lecture's InfoNCE do not say whether the anchor and its positive are in. Taken literally both
//     are ("lecture"); SimCLR leaves out the anchor ("simclr"); DCL leaves out the positive too ("decoupled").
//   - The lecture writes softmax for what is a log-sum-exp; its gradient is the softmax, hence the per-negative weights.
//   - The lecture hinges the variance of a column, VICReg's code hinges its square root; see VarianceHinge.
//   - MoCo's key encoder normalises with running statistics of its own when it is evaluated; here the momentum branch
//     averages them too, so that m = 0 is the backbone and m = 1 the start, exactly; see MomentumUpdate.
//   - PIRL and NPID begin with a bank of random keys; here the network at its start fills it, see BeforeEpoch, and the
//     constant Z of their loss is that of random keys, as theirs is.
//   - SwAV keeps a queue for each view; here one queue holds the keys of both.
//
// Functions that build graphs panic, as GoMLX's do; everything else returns an error that says what to do.
package jem
