// Package imports holds no code: its test keeps the rooms of the module apart, as CONTRIBUTING.md's table says.
package imports
