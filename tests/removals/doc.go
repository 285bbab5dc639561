// Package removals holds no code: its tests train methods whole and less a component, and want the collapse doctor to tell them
// apart.
package removals
