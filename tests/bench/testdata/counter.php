<?php
session_start();
$_SESSION["visits"] = ($_SESSION["visits"] ?? 0) + 1;
?>
<p>Visit <?= $_SESSION["visits"] ?>.</p>
