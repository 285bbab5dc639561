// Package lab holds the short verbs that a notebook cell or the command line calls: open a machine and a dataset, train
// with a live panel, watch a run, evaluate it, show a figure.
//
// A verb returns an error; in a cell, Must and Check print it as one line and end the cell as failed:
//
//	l := lab.Must(lab.Open("fashion-mnist"))
//	lab.Must(l.Pretrain("simclr", jem.SimCLR()))
package lab
