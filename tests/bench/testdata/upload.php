<?php echo "size ", $_FILES["f"]["size"];
