// jackfield
