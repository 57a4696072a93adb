package vm

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"
)

// maxUpvalues is how many outer variables a function may use: gopher-lua counts
// them in a byte, and does not look whether they fit.
const maxUpvalues = 255

// finish completes what gopher-lua has compiled.
func (lib *Library) finish(proto *glua.FunctionProto, marks marks) error {
	if len(proto.DbgUpvalues) > maxUpvalues {
		return &SyntaxError{Name: proto.SourceName, Line: proto.LineDefined,
			Message: fmt.Sprintf("the function uses more than %d variables of the functions around it", maxUpvalues)}
	}
	for i, c := range proto.Constants {
		switch c {
		case glua.LString(marks.concat):
			proto.Constants[i] = lib.concat
		case glua.LString(marks.number):
			proto.Constants[i] = lib.number
		}
	}
	numberBatches(proto.Code)
	for _, inner := range proto.FunctionPrototypes {
		if err := lib.finish(inner, marks); err != nil {
			return err
		}
	}
	return nil
}

// numberBatches mends the constructors of long tables. They store their items
// in batches, whose number stands in the SETLIST instruction or, from 512 on,
// in the word behind it, where gopher-lua leaves 0.
func numberBatches(code []uint32) {
	var batch [256]uint32 // by the register of the table
	for pc := 0; pc < len(code); pc++ {
		if opcode(code[pc]) != glua.OP_SETLIST {
			continue
		}
		table := code[pc] >> 18 & 0xff
		if n := code[pc] >> 9 & 0x1ff; n != 0 {
			batch[table] = n
			continue
		}
		batch[table]++
		pc++
		code[pc] = batch[table]
	}
}
