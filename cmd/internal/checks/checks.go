// Package checks judges data: whether the rows that databases gave are as they are
// expected to be.
//
// A check never passes on an answer that is not whole, unless its own requirement
// says so: what could not be evaluated is an [Error], which is neither passed nor
// failed. What was found is a [Report]; package checkformat shows it.
package checks
