<?php
$piece = str_repeat("s", 65536);
for ($i = 0; $i < $_GET["n"]; $i++) { echo $piece; flush(); }
