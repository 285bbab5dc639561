// Package claim turns what the lecture asserts into experiments: a claim is a function that measures, and the verdict is
// computed from what it measured. A claim that our measurement does not support is reported as such.
//
//	c, err := claim.ByNumber(4)
//	r, err := c.Run(ctx, setup)   // measured, or read if the same was measured before
//	fmt.Print(r)                  // the table of measurements and the verdict
//
// An exact claim is about what holds of every network, such as that a gradient is 0: it is supported if it holds within a
// stated rounding. A noisy claim compares numbers that differ from seed to seed: it is supported if the difference is more than
// two standard errors above 0, over three seeds or more, not supported if it is as much below, and undecided between.
//
// Nothing is drawn here: a Result holds the data of its figures as plain numbers, which packages lab and figures draw.
package claim
