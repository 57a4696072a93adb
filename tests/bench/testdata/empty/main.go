// Empty is the program that does nothing: what a process of Go costs.
package main

func main() {}
