// Package data holds the images, and the distortions that make the two views x and y of each.
//
// A Dataset is opened by name (Open) and never fetched behind the reader's back (Fetch does it when asked). Its images
// are bytes, [N, H, W, C] row-major, and stay bytes: Resident puts a split on the device once, a training step gathers
// its batch there by index (Rows), and Input turns bytes into numbers. Order says which images form the batch of a
// step. An Augmentation distorts a batch in the graph, Views makes x and y of it.
package data
