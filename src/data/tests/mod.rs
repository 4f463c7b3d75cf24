//! Sets made in code, damaged sets, and (where they are) real sets.

mod real;
