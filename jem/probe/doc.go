// Package probe is the lecture's second stage, evaluation: what is a representation worth to a downstream task?
//
// A pretrained backbone turns every image into h. Feature extraction keeps the backbone fixed and trains a downstream
// task head on the cached H: Linear is that head (multinomial logistic regression), and KNN asks the same question
// without training anything. Every number stands next to three controls: raw pixels, the backbone at its random start,
// and the same backbone trained with labels (Supervised).
//
// Choices such as the weight decay are made on the validation split; the test split is read once, for the answer.
package probe
